import { isoTime, steadyClock } from '../../base/clock.ts';
import type { CloseRow } from '../../event/close-code.ts';
import type { ServerMessage } from '../../event/message.ts';
import type { Hub } from './hub.ts';
import { SocketWriter, type Transport } from './socket-writer.ts';
import type { Recipient } from './subscription.ts';
import { Subscriptions } from './subscriptions.ts';

/** ms that a client has to answer a close before its socket is let go. */
const CLOSE_MS_MAX = 1_000;

/** Where a client comes from. */
export interface Origin {
  readonly kind: 'websocket' | 'sse';
  readonly userAgent: string | null;
  readonly remoteAddress: string | null;
  /** False for a client whose token only reads. */
  readonly mayWrite: boolean;
}

/** What `GET /api/v1/connections` says of a connection. Times are UTC with `Z`. */
export interface ConnectionInfo {
  readonly connection_id: string;
  readonly kind: Origin['kind'];
  readonly user_agent: string | null;
  readonly remote_address: string | null;
  readonly connected_at: string;
  readonly last_activity: string;
  /** Round trip of the last protocol ping, ms; null before the first and for SSE. */
  readonly rtt_ms: number | null;
  readonly session_id: string | null;
  readonly events_sent: number;
  readonly bytes_sent: number;
  /** Bytes that wait for the client. */
  readonly bytes_buffered: number;
  readonly subscriptions: readonly {
    readonly adw_id: string;
    /** Null for all. */
    readonly types: readonly string[] | null;
    readonly cursor: number;
    readonly state: 'live' | 'catching_up' | 'lagging';
  }[];
}

let connections = 0;

/** What a {@link Peer} is made of. */
export interface PeerOptions {
  readonly origin: Origin;
  readonly transport: Transport;
  /** Counts the bytes of its socket. */
  readonly bytesSent: () => number;
  /** Called when its socket has closed. */
  readonly onGone: (peer: Peer) => void;
}

/** One client: where it comes from, the writer of its socket, and what it subscribed to. */
export class Peer implements Recipient {
  readonly id: string;
  readonly origin: Origin;
  readonly writer: SocketWriter;
  readonly subscriptions: Subscriptions;
  /** ms since the Unix epoch. */
  readonly connectedAt: number;
  /** When anything last came from it, pongs included, on the steady clock. */
  activeAt: number;
  rttMs: number | null = null;
  sessionId: string | null = null;
  eventsSent = 0;
  /** Resolves when its socket has closed. */
  readonly ended: Promise<void>;
  readonly #hub: Hub;
  readonly #bytesSent: () => number;
  readonly #onGone: (peer: Peer) => void;
  #end: () => void = () => {};
  #closing = false;

  constructor(hub: Hub, { origin, transport, bytesSent, onGone }: PeerOptions) {
    this.#hub = hub;
    this.#bytesSent = bytesSent;
    this.#onGone = onGone;
    this.origin = origin;
    this.connectedAt = hub.clock.now();
    this.activeAt = steadyClock.now();
    this.id = `conn_${this.connectedAt}_${++connections}`;
    this.writer = new SocketWriter(transport, hub.limits.bufferBytesMax);
    this.subscriptions = new Subscriptions(hub, this);
    this.ended = new Promise(resolve => {
      this.#end = resolve;
    });
  }

  /** Whether it is being closed: nothing it sends counts any more. */
  get isClosing(): boolean {
    return this.#closing;
  }

  /** Sends a control message. */
  send(message: ServerMessage): void {
    this.writer.send(message);
  }

  /** Notes that something came from it. */
  touch(): void {
    this.activeAt = steadyClock.now();
  }

  /** Says why, and lets the socket go within a second whether the client answers or not. */
  close(row: CloseRow, reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#hub.log.report('subscriber_closed', { reason, code: row.code, connection: this.id });
    this.subscriptions.stop();
    this.writer.close(row, reason);
    setTimeout(() => this.writer.destroy(), CLOSE_MS_MAX).unref();
  }

  /** To be called when its socket has closed. */
  gone(): void {
    this.#closing = true;
    this.#onGone(this);
    this.subscriptions.stop();
    this.writer.released();
    this.#end();
  }

  /** The seq to resume after, as `<epoch>:<seq>`: everything up to it was handed over. */
  resumeAfter(): string {
    const { head, epoch } = this.#hub.live;
    return `${epoch}:${Math.min(head, ...this.subscriptions.all().map(one => one.cursor))}`;
  }

  /** What `GET /api/v1/connections` says of it. */
  info(): ConnectionInfo {
    return {
      connection_id: this.id,
      kind: this.origin.kind,
      user_agent: this.origin.userAgent,
      remote_address: this.origin.remoteAddress,
      connected_at: isoTime(this.connectedAt),
      last_activity: isoTime(this.#hub.clock.now() - (steadyClock.now() - this.activeAt)),
      rtt_ms: this.rttMs,
      session_id: this.sessionId,
      events_sent: this.eventsSent,
      bytes_sent: this.#bytesSent(),
      bytes_buffered: this.writer.buffered,
      subscriptions: this.subscriptions.all().map(one => ({
        adw_id: one.filter.adwId,
        types: one.filter.types === undefined ? null : [...one.filter.types],
        cursor: one.cursor,
        state: one.isLagging ? 'lagging' : one.isCatchingUp ? 'catching_up' : 'live',
      })),
    };
  }
}
