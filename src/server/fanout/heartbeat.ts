import { isoTime, steadyClock } from '../../base/clock.ts';
import { CLOSE } from '../../event/close-code.ts';
import { textFrame } from './frame.ts';
import type { Hub } from './hub.ts';
import type { Peer } from './peer.ts';

/** Rounds over all connections per heartbeat interval, so that the beats are spread over it. */
const ROUNDS = 16;
const PING = Buffer.from([0x89, 0x00]);

/**
 * Rounds that the time between two of them counts for at most, where a client's silence is measured: a server that was stopped,
 * or that something kept from its sockets, has read nothing meanwhile, and does not take its own absence for a client's.
 */
const LATE_ROUNDS = 2;

/** What is remembered of a peer between two rounds; times are of the steady clock where nothing else is said. */
interface Watched {
  beatAt: number;
  pingedAt: number;
  /** When something came from it last. */
  activeAt: number;
  /** At which round that was seen, in ms of listening. */
  heardAt: number;
  /** The most bytes that it had taken at a round. */
  taken: number;
  /** Since when nothing of what waits for it was taken, in ms of listening. */
  stillSince: number;
}

/**
 * Each interval every client gets a `heartbeat` message and a protocol ping. A client that was silent for two intervals is
 * closed with 1001; one that takes nothing of what waits for it is closed with the position to resume after. Only the time in
 * which this server listened counts. One timer for all, however many there are.
 */
export class Heartbeat {
  readonly #hub: Hub;
  readonly #peers: ReadonlySet<Peer>;
  readonly #intervalMs: number;
  readonly #watched = new WeakMap<Peer, Watched>();
  readonly #roundMs: number;
  readonly #timer: NodeJS.Timeout;
  #roundAt = steadyClock.now();
  /** ms for which it has listened. */
  #listenedMs = 0;

  /** @param peers every client that is connected */
  constructor(hub: Hub, peers: ReadonlySet<Peer>, intervalMs: number) {
    this.#hub = hub;
    this.#peers = peers;
    this.#intervalMs = intervalMs;
    this.#roundMs = Math.max(1, intervalMs / ROUNDS);
    this.#timer = setInterval(() => this.#round(), this.#roundMs).unref();
  }

  /** To be called when a peer answered a protocol ping. */
  pong(peer: Peer): void {
    const watched = this.#watched.get(peer);
    if (watched === undefined || watched.pingedAt === 0) return;
    peer.rttMs = Math.round(steadyClock.now() - watched.pingedAt);
    watched.pingedAt = 0;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #round(): void {
    const now = steadyClock.now();
    this.#listenedMs += Math.min(now - this.#roundAt, LATE_ROUNDS * this.#roundMs);
    this.#roundAt = now;
    const beat = this.#beat(this.#hub.clock.now());
    for (const peer of this.#peers) {
      if (peer.isClosing) continue;
      const watched = this.#watch(peer, now);
      if (this.#isStuck(peer, watched)) {
        this.#hub.traffic.tooSlow++;
        peer.close(CLOSE.tooSlow, `too slow; resume after ${peer.resumeAfter()}`);
      } else if (now >= watched.beatAt) {
        watched.beatAt = now + this.#intervalMs;
        this.#pulse(peer, watched, { now, beat });
      }
    }
  }

  #pulse(peer: Peer, watched: Watched, { now, beat }: { now: number; beat: Record<Peer['origin']['kind'], Buffer> }) {
    const { kind } = peer.origin;
    // A stream of Server-Sent Events never answers: whether its client is there shows in what it takes.
    if (kind === 'websocket' && this.#listenedMs - watched.heardAt > 2 * this.#intervalMs) {
      this.#hub.traffic.silent++;
      return peer.close(CLOSE.goingAway, `silent for two heartbeats; resume after ${peer.resumeAfter()}`);
    }
    if (!peer.writer.fits(beat[kind].length)) return;
    watched.pingedAt = now;
    peer.writer.write(beat[kind]);
  }

  #isStuck({ writer }: Peer, watched: Watched): boolean {
    const { buffered, taken } = writer;
    if (buffered === 0 || taken > watched.taken) {
      watched.taken = taken;
      watched.stillSince = this.#listenedMs;
    }
    return this.#listenedMs - watched.stillSince > this.#hub.limits.stallMsMax;
  }

  #watch(peer: Peer, now: number): Watched {
    const { activeAt } = peer;
    const since = this.#listenedMs;
    let watched = this.#watched.get(peer);
    if (watched === undefined) {
      watched = { beatAt: now + this.#intervalMs, pingedAt: 0, activeAt, heardAt: since, taken: 0, stillSince: since };
      this.#watched.set(peer, watched);
    }
    if (watched.activeAt !== activeAt) {
      watched.activeAt = activeAt;
      watched.heardAt = since;
    }
    return watched;
  }

  /** The same bytes for every peer: the message and, for a WebSocket, the ping in one write. */
  #beat(now: number): Record<Peer['origin']['kind'], Buffer> {
    const time = isoTime(now);
    const active_connections = this.#peers.size;
    const data = { timestamp: time, server_time: time, active_connections, server_status: 'healthy' };
    return {
      websocket: Buffer.concat([textFrame(JSON.stringify({ type: 'heartbeat', data })), PING]),
      sse: Buffer.from(`event: heartbeat\ndata: ${JSON.stringify(data)}\n\n`),
    };
  }
}
