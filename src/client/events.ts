import type { AdwStreamError } from '../base/errors.ts';
import type { LogEvent } from '../event/schema.ts';
import type { EventType } from '../event/types.ts';

/** How the connection is: `waiting` is between two attempts, `closed` is for good. */
export type ConnectionState = 'connecting' | 'open' | 'waiting' | 'closed';

/** How well the connection serves, from round trips and silence. */
export type Quality = 'good' | 'fair' | 'poor' | 'offline';

/** What `on('status')` tells whenever any of it changes. */
export interface ClientStatus {
  readonly state: ConnectionState;
  readonly quality: Quality;
  /** Round trip of the last ping, ms; null before the first, and over SSE, which has none. */
  readonly latencyMs: number | null;
  /** Attempts since the connection was last open for a while; 0 when it is. */
  readonly attempt: number;
  /** When the next attempt is due, ms since the Unix epoch; null unless `waiting`. */
  readonly retryAt: number | null;
  /** When anything last came from the server, ms since the Unix epoch; null before the first. */
  readonly lastTrafficAt: number | null;
  /** Why it is not open, fit to show; empty when it is. */
  readonly reason: string;
}

/** Events that are gone: the log no longer keeps what lies between. */
export interface Gap {
  readonly adwId: string;
  /** The last seq that was delivered. */
  readonly after: number;
  /** Delivery goes on with the first event after this seq. */
  readonly resumedAfter: number;
}

/** The log was started anew, so its seqs too: what was shown is of another log, and everything comes again from the start. */
export interface Resync {
  readonly adwId: string;
  readonly epoch: string;
  readonly previousEpoch: string;
}

/** The server is catching this client up from the log. */
export interface Lagging {
  readonly adwId: string;
  /** How many seqs it is behind. */
  readonly behind: number;
}

/** What `on` listens to beside the types of events. */
export interface ClientEvents {
  /** Every event. */
  '*': LogEvent;
  /** Every event, as many in one call as came in one frame: cheaper where thousands come. */
  events: readonly LogEvent[];
  status: ClientStatus;
  gap: Gap;
  resync: Resync;
  lagging: Lagging;
  /** What a person should know: a refusal, an unreachable server, a full queue. */
  error: AdwStreamError;
}

/** What a name of `on` gives its listener. */
export type Heard<Name> = Name extends EventType
  ? LogEvent<Name>
  : Name extends keyof ClientEvents
    ? ClientEvents[Name]
    : never;
