import { Refusal } from '../../base/refusal.ts';
import { BODIES_BYTES_MAX, RETRY_AFTER_SECONDS, WAITING_CALLS_MAX } from './limits.ts';

/** Says no before memory grows: publishers keep what they have on disk, and come again. */
export interface BackPressure {
  /** Makes room for a body of `bytes`. Answers what gives the room back; calling it twice is harmless. @throws AdwStreamError rate_limited */
  reserve(bytes: number): () => void;
  /** Counts a call that waits for its commit. @throws AdwStreamError rate_limited */
  waitFor<Result>(commit: () => Promise<Result>): Promise<Result>;
}

/** Nothing is under way yet. */
export function createBackPressure(): BackPressure {
  let bytes = 0;
  let calls = 0;
  return {
    reserve(wanted) {
      if (calls >= WAITING_CALLS_MAX || (bytes > 0 && bytes + wanted > BODIES_BYTES_MAX)) throw busy();
      bytes += wanted;
      let held = wanted;
      return () => {
        bytes -= held;
        held = 0;
      };
    },
    async waitFor(commit) {
      if (calls >= WAITING_CALLS_MAX) throw busy();
      calls += 1;
      try {
        return await commit();
      } finally {
        calls -= 1;
      }
    },
  };
}

function busy(): Refusal {
  return new Refusal('log does not keep up', {
    code: 'rate_limited',
    message: 'The log does not keep up: send this again in a moment.',
    details: { retry_after_seconds: RETRY_AFTER_SECONDS },
  });
}
