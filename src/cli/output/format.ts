/** Counts as people read them, the same in every locale. Times, bytes and costs are in `src/adw/format.ts`. */

/** `1803` → `1,803`. */
export function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** `1803, 'line'` → `1,803 lines`. `plural` where an s does not do. */
export function formatPlural(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}
