/** How long retries wait: exponential with full jitter (AWS architecture blog, "Exponential Backoff And Jitter"). */
export interface BackoffOptions {
  /** Ceiling of the first wait, ms. */
  readonly baseMs: number;
  /** Ceiling of every wait, ms. */
  readonly maxMs: number;
  /** Source of randomness in [0, 1). */
  readonly random?: () => number;
}

/**
 * The wait before retry number `attempt` (1 for the first), in ms: uniform between 0 and the ceiling
 * `min(maxMs, baseMs × 2^(attempt − 1))`.
 */
export function backoffMs(attempt: number, { baseMs, maxMs, random = Math.random }: BackoffOptions): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(random() * ceiling);
}
