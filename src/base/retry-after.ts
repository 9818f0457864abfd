/**
 * The wait that a Retry-After header names (RFC 9110 section 10.2.3: seconds or a date), ms.
 * @param value the header; null or undefined where there is none
 * @returns undefined where it names no wait
 */
export function parseRetryAfter(value: string | null | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
