/**
 * A short name for what was called with which input: the same for the same call alone (53 bits, cyrb53); null where the
 * event does not have the whole input. Pure arithmetic, since the page folds as well.
 */
export function callKey(tool: string, input: unknown, isCut: boolean): string | null {
  if (isCut) return null;
  const text = `${tool}\0${JSON.stringify(input) ?? ''}`;
  let [low, high] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    low = Math.imul(low ^ code, 2654435761);
    high = Math.imul(high ^ code, 1597334677);
  }
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  return (4294967296 * (2097151 & high) + (low >>> 0)).toString(36);
}
