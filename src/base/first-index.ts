/**
 * Binary search: the first index below `length` for which `holds` says yes, or `length` where none does.
 * @param holds once it says yes, it says so for every index behind
 */
export function firstIndex(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
