import { JetStreamApiCodes, type JetStreamManager, type StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { messageOf } from '../../../base/errors.ts';
import type { Logger } from '../../../base/log.ts';
import { apiCode, isFull } from './failure.ts';
import { CHECK_MS, SWITCH_MS } from './options.ts';

/** What {@link watchHealth} takes. */
export interface HealthOptions {
  readonly connection: NatsConnection;
  readonly jsm: JetStreamManager;
  readonly stream: string;
  /** Which log this node serves, and how to tell that of the stream as it is. */
  readonly epoch: string;
  readonly epochOf: (info: StreamInfo) => Promise<string>;
  /** Called when the connection is there again. */
  readonly onReconnect: () => void;
  /** Called once when the stream was deleted or purged. */
  readonly onLost: () => void;
  readonly log: Logger;
}

/** How the broker is, as far as this node knows. */
export interface BrokerHealth {
  /** Why it is degraded; undefined while all is well. */
  readonly reason: string | undefined;
  /** When it became so, ms since the Unix epoch. */
  readonly since: number | undefined;
  /** Whether that is for want of room: then a write is to be tried all the same, for only that shows that there is some again. */
  readonly isFull: boolean;
  /** Whether the stream was deleted or purged: nothing goes into this log any more. */
  readonly isLost: boolean;
  /** Takes in how a request went: undefined for well. */
  report(error: unknown): void;
  /** The same for a write, which alone tells whether there is room. */
  wrote(error: unknown): void;
  close(): void;
}

/** Checks the stream every {@link CHECK_MS}, and listens to the connection's own status. */
export function watchHealth({
  connection,
  jsm,
  stream,
  epoch,
  epochOf,
  onReconnect,
  onLost,
  log,
}: HealthOptions): BrokerHealth {
  let isLost = false;
  let reason: string | undefined;
  let since: number | undefined;
  /** What the stream took, and might take, when a write found no room; empty until it was asked. */
  let full: { bytes?: number; bytesMax?: number } | undefined;
  const become = (asked: string | undefined): void => {
    const next = isLost ? LOST : asked;
    if ((next === undefined) !== (reason === undefined)) {
      if (next === undefined) log.report('broker_recovered');
      else log.report('broker_unavailable', { reason: next });
      since = next === undefined ? undefined : Date.now();
    }
    reason = next;
  };
  const check = async (): Promise<void> => {
    try {
      const info = await jsm.streams.info(stream);
      full = stillFull(full, info);
      missing = 0;
      if ((await epochOf(info)) !== epoch) lose();
      else become(full && FULL);
    } catch (error) {
      fail(messageOf(error));
      missing = apiCode(error) === JetStreamApiCodes.StreamNotFound ? missing + 1 : 0;
      if (missing >= MISSING_CHECKS) lose();
    }
    await switchServer();
  };
  let missing = 0;
  const lose = (): void => {
    if (isLost) return;
    isLost = true;
    become(LOST);
    onLost();
  };
  let failingSince = 0;
  let failedAt = 0;
  let switchedAt = 0;
  const fail = (why: string): void => {
    const now = Date.now();
    if (now - failedAt > 3 * CHECK_MS) failingSince = now;
    failedAt = now;
    become(why);
  };
  // A server that is cut off from the others still answers its clients, some things even well, so neither the connection
  // nor one good answer says that all is well: what counts is how long failures have been coming.
  const switchServer = async (): Promise<void> => {
    if (failedAt - Math.max(failingSince, switchedAt) < SWITCH_MS) return;
    switchedAt = Date.now();
    leaving = connection.getServer();
    await connection.reconnect().catch(() => undefined);
  };
  let leaving: string | undefined;
  const reconnected = (): void => {
    // The client's first reconnect goes to the server that it comes from.
    const again = connection.getServer() === leaving;
    leaving = undefined;
    if (again) return void connection.reconnect().catch(() => undefined);
    onReconnect();
    void check();
  };
  let checking = false;
  const timer = setInterval(() => {
    if (checking) return;
    checking = true;
    void check().finally(() => {
      checking = false;
    });
  }, CHECK_MS);
  timer.unref();
  void (async () => {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') fail('the connection is lost');
      if (status.type === 'reconnect') reconnected();
    }
  })();
  return {
    get reason() {
      return reason;
    },
    get since() {
      return since;
    },
    get isFull() {
      return full !== undefined;
    },
    get isLost() {
      return isLost;
    },
    report: error => (error === undefined ? become(full && FULL) : fail(messageOf(error))),
    wrote(error) {
      if (isFull(error) && full === undefined) {
        full = {};
        void check();
      } else if (error === undefined) full = undefined;
      if (full !== undefined || error === undefined) become(full && FULL);
      else fail(messageOf(error));
    },
    close: () => clearInterval(timer),
  };
}

/** Checks in a row that do not find the stream: one alone may be answered by a cluster that has just started. */
const MISSING_CHECKS = 3;

const LOST = 'the stream was deleted, or purged';
const FULL = 'it has no room left: raise its limit, or remove what is old with --retain-days or --retain-bytes';

/** Nothing more is known of a full stream while it holds as much, and may hold as much, as when it was full. */
function stillFull(full: { bytes?: number; bytesMax?: number } | undefined, { state, config }: StreamInfo) {
  if (full === undefined) return undefined;
  const { bytes = state.bytes, bytesMax = config.max_bytes } = full;
  return state.bytes < bytes || config.max_bytes !== bytesMax ? undefined : { bytes, bytesMax };
}
