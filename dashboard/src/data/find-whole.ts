/**
 * What a preview was cut from, in the line that it comes from, whatever the line's shape: the first value, from the outside to the inside,
 * of which it is the beginning. undefined where there is none. Pure.
 */
export function findWhole(preview: unknown, line: unknown): unknown {
  // Of nothing everything is the whole.
  if (typeof preview !== 'string' && Object.keys(preview ?? {}).length === 0) return undefined;
  for (let level: unknown[] = [line]; level.length > 0; level = level.flatMap(valuesIn)) {
    const found = level.find(value => isBeginning(preview, value));
    if (found !== undefined) return found;
  }
  return undefined;
}

const valuesIn = (value: unknown): unknown[] =>
  typeof value === 'object' && value !== null ? Object.values(value) : [];

/** Whether every text of a preview is the beginning of what is in its place. */
function isBeginning(preview: unknown, whole: unknown): boolean {
  if (typeof preview === 'string') return typeof whole === 'string' && preview !== '' && whole.startsWith(preview);
  if (typeof preview !== 'object' || preview === null) return preview === whole;
  if (typeof whole !== 'object' || whole === null) return false;
  return Object.entries(preview).every(([name, value]) => {
    return Object.hasOwn(whole, name) && (value === '' || isBeginning(value, (whole as Record<string, unknown>)[name]));
  });
}
