import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/log.ts';

/** How to be let in to NATS, and what the log is called there. */
export interface JetStreamAccess {
  /** Name of the stream, and first token of its subjects; absent: {@link STREAM_DEFAULT}. */
  readonly stream?: string;
  /** Copies that JetStream keeps; absent: one for a new log, whatever an existing one has. */
  readonly replicas?: number;
  /** A `.creds` file with JWT and key. */
  readonly credsFile?: string;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  readonly tls?: JetStreamTls;
}

/** Where NATS is, and how to be let in. */
export interface NatsOptions extends JetStreamAccess {
  /** `nats://host:port`, or `tls://`, of one or more servers of the cluster; user information in a URL counts. */
  readonly servers: readonly string[];
}

/** What opening a log in JetStream takes. */
export interface JetStreamOptions extends NatsOptions {
  /** ms after which an append that JetStream has not acknowledged fails with `store_unavailable`. */
  readonly appendTimeoutMs?: number;
  /** Called once when the stream was deleted or purged: what this node holds in memory is of another log. */
  readonly onLost?: () => void;
  readonly log: Logger;
  readonly clock?: Clock;
}

/** PEM files for TLS to the NATS servers; an authority is only needed where the system does not know it. */
export interface JetStreamTls {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** The stream's name where none is given. */
export const STREAM_DEFAULT = 'adw';
/** Acknowledgement time where none is given: an election of a new leader fits in, and an HTTP client waits longer. */
export const APPEND_TIMEOUT_MS = 8_000;
/** Bytes of decoded commits that a node caches. Most reads are of what came last. */
export const CACHE_BYTES_MAX = 64 * 2 ** 20;
/** Events whose columns, or ids alone, a node keeps in memory, about 150 bytes each; beyond it the ADWs longest not asked for go. */
export const INDEXED_EVENTS_MAX = 1_000_000;
/** ms between two checks of the stream's health. */
export const CHECK_MS = 2_000;
/** ms without a leader after which a node tries another server: longer than an election takes. */
export const SWITCH_MS = 10_000;
/** ms that one request to JetStream's API may take. */
export const REQUEST_TIMEOUT_MS = 5_000;
/** ms that making a consumer may take. One in three may be placed on a server that just died, and never answers. */
export const CONSUMER_TIMEOUT_MS = 2_000;
