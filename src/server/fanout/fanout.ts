import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { IdFormat } from '../../adw/id.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { RefusalTally } from '../../base/refusal.ts';
import { whenGone } from '../../base/when-gone.ts';
import { CLOSE, type CloseRow } from '../../event/close-code.ts';
import type { Store } from '../store/store.ts';
import { acknowledge } from './acknowledge.ts';
import { CatchUpLimiter } from './catch-up-limiter.ts';
import { Heartbeat } from './heartbeat.ts';
import type { Hub, Traffic } from './hub.ts';
import { FANOUT_LIMITS, type FanoutLimits } from './limits.ts';
import { Live } from './live.ts';
import { type ConnectionInfo, type Origin, Peer, type PeerOptions } from './peer.ts';
import type { Protocol } from './protocol.ts';
import { receive } from './receive.ts';
import type { SocketWriter } from './socket-writer.ts';
import { sseTransport } from './sse.ts';
import type { SubscribeRequest } from './subscriptions.ts';
import { warm } from './warm.ts';
import { websocketTransport } from './websocket.ts';

/** What `createFanout` takes. */
export interface FanoutOptions {
  readonly store: Store;
  readonly ingestMessage: Protocol['ingestMessage'];
  /** ms between heartbeats; a peer silent for two is closed. */
  readonly heartbeatMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Which ids a subscription may name; strict when absent. */
  readonly idFormat?: IdFormat;
  readonly limits?: Partial<FanoutLimits>;
  /** Is told of refused messages. */
  readonly refusals?: RefusalTally;
}

/** Figures for metrics: gauges of now, and {@link Traffic} since the start. */
export interface FanoutStats extends Traffic {
  readonly connections: number;
  readonly websockets: number;
  readonly streams: number;
  readonly subscriptions: number;
  /** Subscriptions that are served from the log because they were too slow. */
  readonly lagging: number;
  /** Seqs that the slowest subscription is behind the head. */
  readonly lagMax: number;
  /** Bytes that wait for clients. */
  readonly bufferedBytes: number;
  readonly ringBytes: number;
  readonly channels: number;
}

/** What takes the messages of a client that follows no events. */
export interface FeedSink extends Pick<SocketWriter, 'room' | 'write'> {
  /** Resolves when its socket has closed. */
  readonly ended: Promise<void>;
}

/** Hands the log to many readers, live and from the past. */
export interface Fanout {
  readonly hub: Hub;
  /** How many clients are connected. */
  readonly clients: number;
  /**
   * Reads the newest events of the log into memory. After a restart every client comes back at once for about the same
   * few: without this each of them would read the store.
   */
  warm(): Promise<void>;
  /** Takes a WebSocket that was accepted on `stream`: acknowledges it, and gives it everything from now on. */
  acceptWebSocket(socket: WebSocket, stream: Duplex, origin: Origin): void;
  /** Takes a response whose head has been sent, acknowledges, and streams to it until either side ends it. */
  acceptStream(response: ServerResponse, origin: Origin, request: Omit<SubscribeRequest, 'encoding'>): void;
  /** Takes a response whose head has been sent, for what is no event of the log. Heartbeats and closes are those of every client. */
  acceptFeed(response: ServerResponse, origin: Origin): FeedSink;
  connections(): ConnectionInfo[];
  stats(): FanoutStats;
  /** Closes every client, with 1001 unless told otherwise. Resolves within about a second, when all sockets are closed. */
  close(row?: CloseRow): Promise<void>;
}

const NO_TALLY: RefusalTally = { note: () => {} };
const SHUTDOWN = 'the server shuts down';

/** Makes the fan-out of a log. It follows the log from now on, until `close`. */
export function createFanout(options: FanoutOptions): Fanout {
  const { store, clock, log, ingestMessage, heartbeatMs, idFormat = 'strict', refusals = NO_TALLY } = options;
  const limits = { ...FANOUT_LIMITS, ...options.limits };
  // The tail first, then the head: nothing can be committed between them.
  const stopTail = store.tail(events => live.commit(events));
  const live = new Live({ epoch: store.epoch, head: store.lastSeq, ...limits });
  const traffic = { eventsSent: 0, writes: 0, bytesSent: 0, lagged: 0, tooSlow: 0, silent: 0, rateLimited: 0 };
  const hub: Hub = { store, live, catchUp: new CatchUpLimiter(), limits, clock, log, traffic, refusals };
  const peers = new Set<Peer>();
  const heartbeat = new Heartbeat(hub, peers, heartbeatMs);
  let closing: CloseRow | undefined;
  const admit = (options: Omit<PeerOptions, 'onGone'>): Peer => {
    const peer = new Peer(hub, { ...options, onGone: gone => peers.delete(gone) });
    peers.add(peer);
    return peer;
  };
  // A client may come in between this close and the moment the server stops listening.
  const closeIfLate = (peer: Peer) => {
    if (closing !== undefined) peer.close(closing, SHUTDOWN);
  };
  const admitStream = (response: ServerResponse, origin: Origin): Peer => {
    const { socket } = response.req;
    const peer = admit({ origin, transport: sseTransport(response), bytesSent: () => socket.bytesWritten });
    whenGone(response, socket, () => peer.gone());
    return peer;
  };

  return {
    hub,
    get clients() {
      return peers.size;
    },
    warm: () => warm(store, live, limits.ringBytesMax / 2),
    acceptWebSocket(socket, stream, origin) {
      const transport = websocketTransport(socket, stream);
      const peer = admit({ origin, transport, bytesSent: socketBytes(stream) });
      receive(socket, peer, { protocol: { hub, idFormat, ingestMessage }, heartbeat });
      closeIfLate(peer);
    },
    acceptStream(response, origin, request) {
      const peer = admitStream(response, origin);
      const subscription = peer.subscriptions.add({ ...request, encoding: 'sse' });
      acknowledge(peer, hub, { adw_id: request.adwId, status: 'subscribed', from_seq: subscription.cursor });
      subscription.start();
      closeIfLate(peer);
    },
    acceptFeed: (response, origin) => sinkOf(admitStream(response, origin)),
    connections: () => [...peers].map(peer => peer.info()),
    stats: () => statsOf(hub, peers),
    async close(row = CLOSE.goingAway) {
      closing = row;
      stopTail();
      live.close();
      heartbeat.close();
      const closed = [...peers].map(peer => peer.ended);
      for (const peer of peers) peer.close(row, SHUTDOWN);
      await Promise.all(closed);
    },
  };
}

function sinkOf({ writer, ended }: Peer): FeedSink {
  return { room: bytes => writer.room(bytes), write: bytes => writer.write(bytes), ended };
}

function socketBytes(stream: Duplex): () => number {
  return () => ('bytesWritten' in stream && typeof stream.bytesWritten === 'number' ? stream.bytesWritten : 0);
}

function statsOf({ live, traffic }: Hub, peers: ReadonlySet<Peer>): FanoutStats {
  const all = [...peers];
  const subscriptions = all.flatMap(peer => peer.subscriptions.all());
  return {
    ...traffic,
    connections: all.length,
    websockets: all.filter(peer => peer.origin.kind === 'websocket').length,
    streams: all.filter(peer => peer.origin.kind === 'sse').length,
    subscriptions: subscriptions.length,
    lagging: subscriptions.filter(one => one.isLagging).length,
    lagMax: subscriptions.reduce((most, one) => Math.max(most, live.head - one.cursor), 0),
    bufferedBytes: all.reduce((sum, peer) => sum + peer.writer.buffered, 0),
    ringBytes: live.ring.bytes,
    channels: live.channels,
  };
}
