import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { RefusalTally } from '../../base/refusal.ts';
import type { Store } from '../store/store.ts';
import type { CatchUpLimiter } from './catch-up-limiter.ts';
import type { FanoutLimits } from './limits.ts';
import type { Live } from './live.ts';

/** What went out since the start; only ever counted up. */
export interface Traffic {
  /** Events delivered, counted once per subscriber. */
  eventsSent: number;
  /** Writes of events to sockets: one system call each. */
  writes: number;
  /** Bytes of events. */
  bytesSent: number;
  /** Times that a live subscriber had to be served from the log. */
  lagged: number;
  /** Clients closed because they took nothing for too long. */
  tooSlow: number;
  /** Clients closed because they were silent for two heartbeats. */
  silent: number;
  /** Messages of clients that were refused by the rate limit. */
  rateLimited: number;
}

/** What the parts of the fan-out share. */
export interface Hub {
  readonly store: Store;
  readonly live: Live;
  readonly catchUp: CatchUpLimiter;
  readonly limits: FanoutLimits;
  readonly clock: Clock;
  readonly log: Logger;
  readonly traffic: Traffic;
  readonly refusals: RefusalTally;
}
