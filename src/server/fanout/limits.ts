import { COALESCE_MS, SUBSCRIBER_BUFFER_BYTES_MAX } from '../../event/limits.ts';

/** The limits of the fan-out, each with the harm it prevents. Tests and unusual installations may change them. */
export interface FanoutLimits {
  /** Bytes unsent to one client before it is served from the log. Prevents a slow client from filling memory. */
  readonly bufferBytesMax: number;
  /** Bytes of recent events kept for subscribers that are a little behind. Prevents reading the store for each of them. */
  readonly ringBytesMax: number;
  /** ms that events are gathered while they come in faster than that. Prevents one system call per event and client. */
  readonly coalesceMs: number;
  /** ms that a client may take nothing of what waits for it before it is closed. Prevents stuck sockets from piling up. */
  readonly stallMsMax: number;
  /** ms for which a cursor beyond the head is waited for, where other servers write to the log. Prevents waiting for what never comes. */
  readonly aheadMsMax: number;
  /** Messages a second that one client may send on average. Prevents one client from taking the server's time. */
  readonly messagesPerSecond: number;
  /** Messages that one client may send at once; the same number refused in a row closes it. */
  readonly messagesBurst: number;
  /** Subscriptions of one client. Prevents a client from making every event costly. */
  readonly subscriptionsMax: number;
  /** Messages of one client that wait to be ingested before no more is read from it. Prevents an unbounded queue. */
  readonly ingestingMax: number;
}

export const FANOUT_LIMITS: FanoutLimits = {
  bufferBytesMax: SUBSCRIBER_BUFFER_BYTES_MAX,
  ringBytesMax: 16 * 1024 * 1024,
  coalesceMs: COALESCE_MS,
  stallMsMax: 60_000,
  aheadMsMax: 10_000,
  messagesPerSecond: 200,
  messagesBurst: 400,
  subscriptionsMax: 256,
  ingestingMax: 32,
};

/** Bytes that are handed to a socket at once: small enough for in-flight control, large enough that calls do not count. */
export const PIECE_BYTES_MAX = 64 * 1024;
