import { backoffMs } from '../base/backoff.ts';
import { BoundedMap } from '../base/bounded-map.ts';
import { AdwStreamError, ERRORS, type ErrorCode } from '../base/errors.ts';
import { reconnectAfter } from '../event/close-code.ts';
import type { LogEvent } from '../event/schema.ts';
import type { EventType } from '../event/types.ts';
import { Emitter } from './emitter.ts';
import type { ClientEvents, ClientStatus, ConnectionState, Heard } from './events.ts';
import { type Endpoint, endpointOf, type Link, type LinkListener, type OutgoingMessage } from './link.ts';
import { type ClientOptions, DEFAULTS } from './options.ts';
import { onWake } from './platform.ts';
import { createReads, getJson, type Reads } from './reads.ts';
import { openSse } from './sse-link.ts';
import { type SubscribeOptions, Subscriptions } from './subscriptions.ts';
import { Watchdog, type WatchdogLimits } from './watchdog.ts';
import { openWebSocket, type WebSocketConstructor } from './websocket-link.ts';

/** Between two checks of the connection. */
const TICK_MS_MAX = 1_000;
/** A connection that lasts this long was a success: the next wait begins small again. */
const SETTLED_MS = 5_000;
/** Between two complaints about the same thing, so that an outage is one line and not a thousand. */
const ERROR_MS_MIN = 30_000;
/** Errors that are remembered to have been reported. */
const ERRORS_MAX = 100;

/**
 * A connection to a server that comes back by itself and goes on where it was. Nothing is lost and nothing comes twice
 * within a subscription; where that is impossible, `gap` and `resync` say so.
 */
export class Client {
  /** The server's reads, with the same address and token. */
  readonly reads: Reads;
  readonly #endpoint: Endpoint;
  readonly #options: ClientOptions & typeof DEFAULTS;
  readonly #fetch: typeof fetch;
  readonly #WebSocket: WebSocketConstructor | undefined;
  readonly #emitter = new Emitter();
  readonly #subscriptions = new Subscriptions();
  readonly #watchdogLimits: WatchdogLimits;
  readonly #stopWaking: () => void;
  readonly #errorTimes = new BoundedMap<string, number>(ERRORS_MAX);
  #queue: OutgoingMessage[] = [];
  #link: Link | undefined;
  #watchdog: Watchdog | undefined;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #sinceMs = 0;
  #status: ClientStatus = {
    state: 'connecting',
    quality: 'offline',
    latencyMs: null,
    attempt: 0,
    retryAt: null,
    lastTrafficAt: null,
    reason: '',
  };

  constructor(url: string | URL, options: ClientOptions = {}) {
    this.#endpoint = endpointOf(url, options.token);
    this.#options = { ...DEFAULTS, ...options };
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
    const platform = (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket;
    this.#WebSocket = options.transport === 'sse' ? undefined : (options.WebSocket ?? platform);
    this.reads = createReads(this.#endpoint.base, {
      fetch: this.#fetch,
      ...(options.token === undefined ? {} : { token: options.token }),
    });
    const { pingMs, answerMsMax, heartbeatMs } = this.#options;
    const tickMs = Math.min(TICK_MS_MAX, pingMs, answerMsMax / 2, heartbeatMs / 2);
    this.#watchdogLimits = { pingMs, answerMsMax, silenceMsMax: heartbeatMs * 2, tickMs };
    this.#stopWaking = onWake(() => this.#wake());
    this.#open();
  }

  /** How the connection is. */
  get status(): ClientStatus {
    return this.#status;
  }

  /**
   * Calls `listener` with each event of a type, or with what a name of {@link ClientEvents} says. Returns a function that
   * stops it.
   */
  on<Name extends EventType | keyof ClientEvents>(name: Name, listener: (heard: Heard<Name>) => void): () => void {
    return this.#emitter.on(name, listener as (value: never) => void);
  }

  /**
   * Asks for the events of one ADW, or of all with `*`, from `after` on or from now on. Subscribing again replaces the
   * options; without `after` it goes on where it is. Returns a function that unsubscribes.
   * @throws AdwStreamError invalid_option for `*` beside single ADWs: two clients can do that
   */
  subscribe(adwId: string, options: SubscribeOptions = {}): () => void {
    if (this.#status.state === 'closed') throw new AdwStreamError('invalid_option', 'This client is closed.');
    if (!this.#subscriptions.fits(adwId)) {
      throw new AdwStreamError('invalid_option', 'A client subscribes either to "*" or to single ADWs, not to both.');
    }
    const message = this.#subscriptions.add(adwId, options);
    if (this.#status.state === 'open') this.#link?.subscribe(message);
    return () => this.unsubscribe(adwId);
  }

  /** Ends a subscription. */
  unsubscribe(adwId: string): void {
    const open = this.#status.state === 'open';
    if (this.#subscriptions.remove(adwId, open && this.#link?.canSend === true) && open) this.#link?.unsubscribe(adwId);
  }

  /** How far a subscription has come: what `subscribe` takes to go on from there after a visit. */
  position(adwId: string): { seq: number; epoch: string } | undefined {
    return this.#subscriptions.position(adwId);
  }

  /** Sends a message of another kind (`workflow_log`, `register_session`), now or once connected. WebSocket only. */
  send(message: OutgoingMessage): void {
    if (this.#WebSocket === undefined) {
      this.#fail('not_offered', 'Messages cannot be sent over SSE.');
      return;
    }
    if (this.#status.state === 'open') {
      this.#link?.send(message);
      return;
    }
    this.#queue.push(message);
    if (this.#queue.length <= this.#options.queueMax) return;
    this.#queue.shift();
    this.#fail(
      'server_unreachable',
      `More than ${this.#options.queueMax} messages wait for the server; the oldest was dropped.`,
    );
  }

  /** Connects at once instead of waiting for the next attempt; does nothing while connected. */
  reconnect(): void {
    if (this.#status.state === 'waiting') this.#open();
  }

  /** Ends the connection for good. No listener is called afterwards. */
  close(): void {
    if (this.#status.state === 'closed') return;
    this.#letGo();
    this.#stopWaking();
    this.#queue = [];
    this.#set({ state: 'closed', quality: 'offline', retryAt: null, reason: 'closed here' });
    this.#emitter.clear();
  }

  #open(): void {
    this.#letGo();
    this.#attempt += 1;
    this.#sinceMs = Date.now();
    this.#set({ state: 'connecting', attempt: this.#attempt, retryAt: null });
    const link = { current: undefined as Link | undefined };
    const isCurrent = () => link.current === this.#link;
    const listener: LinkListener = {
      opened: () => isCurrent() && this.#opened(),
      message: (message, via) => isCurrent() && this.#receive(message, via),
      closed: (code, reason) => isCurrent() && this.#closed(code, reason),
    };
    link.current =
      this.#WebSocket === undefined
        ? openSse(this.#endpoint, this.#fetch, listener)
        : openWebSocket(this.#endpoint, this.#WebSocket, listener);
    this.#link = link.current;
    this.#ticker = setInterval(() => this.#tick(), this.#watchdogLimits.tickMs);
  }

  #opened(): void {
    const nowMs = Date.now();
    const link = this.#link as Link;
    this.#sinceMs = nowMs;
    this.#watchdog = new Watchdog(this.#watchdogLimits, { nowMs, canPing: link.canSend });
    for (const message of this.#subscriptions.begin()) link.subscribe(message);
    for (const message of this.#queue.splice(0)) link.send(message);
    this.#set({ state: 'open', quality: 'good', reason: '' });
    this.#tick();
  }

  #tick(probe = false): void {
    const nowMs = Date.now();
    if (this.#watchdog === undefined) {
      if (nowMs - this.#sinceMs > this.#options.answerMsMax) this.#closed(1006, 'no answer');
      return;
    }
    const verdict = this.#watchdog.tick(nowMs, probe);
    if (verdict === 'dead') {
      this.#closed(1006, 'the connection is dead: nothing comes any more');
      return;
    }
    if (verdict === 'ping') this.#link?.send({ type: 'ping', timestamp: nowMs });
    if (nowMs - this.#sinceMs > SETTLED_MS) this.#attempt = 0;
    this.#set({ quality: this.#watchdog.quality(nowMs), latencyMs: this.#watchdog.latencyMs, attempt: this.#attempt });
  }

  #receive(value: unknown, via: string | undefined): void {
    if (typeof value !== 'object' || value === null) return;
    const nowMs = Date.now();
    this.#watchdog?.traffic(nowMs);
    this.#status = { ...this.#status, lastTrafficAt: nowMs };
    const message = value as { type?: unknown; events?: unknown; timestamp?: unknown; data?: unknown };
    const data = (message.data ?? {}) as Record<string, unknown>;
    if (isEvent(value)) {
      this.#deliver([value], via);
      return;
    }
    switch (message.type) {
      case 'batch':
        if (Array.isArray(message.events)) this.#deliver(message.events.filter(isEvent), via);
        break;
      case 'subscription_ack':
        this.#acknowledge(data);
        break;
      case 'pong':
        this.#watchdog?.pong(message.timestamp, nowMs);
        this.#set({ latencyMs: this.#watchdog?.latencyMs ?? null });
        break;
      case 'lagging':
        this.#emitter.emit('lagging', { adwId: String(data.adw_id), behind: Number(data.behind) });
        break;
      case 'error':
        this.#fail(knownCode(data.error_code), String(data.message ?? 'The server refused a message.'));
        break;
    }
  }

  #acknowledge({ adw_id, epoch, from_seq, status }: Record<string, unknown>): void {
    const { gap, resync } = this.#subscriptions.acknowledge({
      adwId: String(adw_id),
      epoch: String(epoch),
      fromSeq: Number(from_seq ?? 0),
      ended: status === 'unsubscribed',
    });
    if (resync !== undefined) this.#emitter.emit('resync', resync);
    if (gap !== undefined) this.#emitter.emit('gap', gap);
  }

  #deliver(events: readonly LogEvent[], via: string | undefined): void {
    const admitted = events.filter(event => this.#subscriptions.admit(event, via));
    if (admitted.length === 0) return;
    this.#emitter.emit('events', admitted);
    for (const event of admitted) {
      this.#emitter.emit(event.type, event);
      this.#emitter.emit('*', event);
    }
  }

  #closed(code: number, reason: string): void {
    const wasOpen = this.#status.state === 'open';
    this.#letGo();
    const said = reason === '' ? `the connection was lost (${code})` : reason;
    // 1000 means the end to some clients; our server never says it, so it comes from something in between.
    if (code !== 1000 && !reconnectAfter(code)) {
      this.#stopWaking();
      this.#set({ state: 'closed', quality: 'offline', reason: said });
      this.#fail('server_refused', `The server closed the connection and does not want it back: ${said}.`);
      return;
    }
    if (!wasOpen) void this.#explain();
    const waitMs = backoffMs(Math.max(1, this.#attempt), this.#options.backoff);
    this.#retry = setTimeout(() => this.#open(), waitMs);
    this.#set({ state: 'waiting', quality: 'offline', latencyMs: null, retryAt: Date.now() + waitMs, reason: said });
  }

  /** A WebSocket that is refused does not say why; an ordinary request does. */
  async #explain(): Promise<void> {
    try {
      await getJson(this.#endpoint, '/api/v1/connections', {
        fetch: this.#fetch,
        signal: AbortSignal.timeout(this.#options.answerMsMax),
      });
    } catch (error) {
      if (error instanceof AdwStreamError && this.#status.state !== 'closed') this.#fail(error.code, error.message);
    }
  }

  #wake(): void {
    if (this.#status.state === 'waiting') this.#open();
    else if (this.#status.state === 'open') this.#tick(true);
  }

  #letGo(): void {
    clearTimeout(this.#retry);
    clearInterval(this.#ticker);
    const link = this.#link;
    this.#link = undefined;
    this.#watchdog = undefined;
    link?.close();
  }

  #fail(code: ErrorCode, message: string): void {
    const nowMs = Date.now();
    const key = `${code} ${message}`;
    if (nowMs - (this.#errorTimes.get(key) ?? 0) < ERROR_MS_MIN) return;
    this.#errorTimes.set(key, nowMs);
    this.#emitter.emit('error', new AdwStreamError(code, message));
  }

  #set(change: Partial<ClientStatus> & { state?: ConnectionState }): void {
    const changed = Object.entries(change).some(([key, value]) => this.#status[key as keyof ClientStatus] !== value);
    if (!changed) return;
    this.#status = { ...this.#status, ...change };
    this.#emitter.emit('status', this.#status);
  }
}

/** Whether a message is an event of the log. Its fields are the server's word; only what the client itself needs is checked. */
function isEvent(value: unknown): value is LogEvent {
  if (typeof value !== 'object' || value === null) return false;
  const { type, seq, data } = value as { type?: unknown; seq?: unknown; data?: { adw_id?: unknown } | null };
  return typeof type === 'string' && typeof seq === 'number' && typeof data?.adw_id === 'string';
}

function knownCode(code: unknown): ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'server_refused';
}

/** Connects to the server at `url` (`http://…` or `ws://…`) and stays connected until `close()`. */
export function connect(url: string | URL, options: ClientOptions = {}): Client {
  return new Client(url, options);
}
