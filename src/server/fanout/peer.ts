import { isoTime, steadyClock } from '../../base/clock.ts';
import type { CloseRow } from '../../event/close-code.ts';
import type { ServerMessage } from '../../event/message.ts';
import type { Hub } from './hub.ts';
import { Outlet, type Transport } from './outlet.ts';
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

/** One client: where it comes from, the way out to it, and what it subscribed to. */
export class Peer {
  readonly id: string;
  readonly origin: Origin;
  readonly outlet: Outlet;
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
  #end: () => void = () => {};
  #closing = false;

  /** @param bytesSent counts the bytes of its socket */
  constructor(hub: Hub, transport: Transport, { origin, bytesSent }: { origin: Origin; bytesSent: () => number }) {
    this.#hub = hub;
    this.#bytesSent = bytesSent;
    this.origin = origin;
    this.connectedAt = hub.clock.now();
    this.activeAt = steadyClock.now();
    this.id = `conn_${this.connectedAt}_${++connections}`;
    this.outlet = new Outlet(transport, hub.limits.bufferBytesMax);
    this.subscriptions = new Subscriptions(hub, this);
    this.ended = new Promise(resolve => {
      this.#end = resolve;
    });
    hub.peers.add(this);
  }

  /** Whether it was told to go: nothing it sends counts any more. */
  get isClosing(): boolean {
    return this.#closing;
  }

  /** Sends a control message. */
  send(message: ServerMessage): void {
    this.outlet.send(message);
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
    this.outlet.close(row, reason);
    setTimeout(() => this.outlet.destroy(), CLOSE_MS_MAX).unref();
  }

  /** To be called when its socket has closed. */
  gone(): void {
    this.#closing = true;
    this.#hub.peers.delete(this);
    this.subscriptions.stop();
    this.outlet.released();
    this.#end();
  }

  /** The seq to resume after, as `<epoch>:<seq>`: everything up to it was handed over. */
  resumeAfter(): string {
    const { head, epoch } = this.#hub.live;
    return `${epoch}:${Math.min(head, ...this.subscriptions.all().map(one => one.cursor))}`;
  }

  /** What is said of it to whoever may read. */
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
      bytes_buffered: this.outlet.buffered,
      subscriptions: this.subscriptions.all().map(one => ({
        adw_id: one.filter.adwId,
        types: one.filter.types === undefined ? null : [...one.filter.types],
        cursor: one.cursor,
        state: one.isLagging ? 'lagging' : one.isCatchingUp ? 'catching_up' : 'live',
      })),
    };
  }
}
