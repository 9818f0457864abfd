/** A UTC timestamp of a time in ms, or null for an unknown one. */
export function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
