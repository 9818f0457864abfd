import { isoTime, steadyClock } from '../../base/clock.ts';
import { CLOSE } from '../../event/close-code.ts';
import { textFrame } from './frame.ts';
import type { Hub } from './hub.ts';
import type { Peer } from './peer.ts';

/** Rounds over all connections per heartbeat interval, so that the beats are spread over it. */
const ROUNDS = 16;
const PING = Buffer.from([0x89, 0x00]);

/** What is remembered of a peer between two rounds; times are of the steady clock. */
interface Watched {
  beatAt: number;
  pingedAt: number;
  /** The most bytes that it had taken at a round. */
  taken: number;
  /** Since when nothing of what waits for it was taken. */
  stillSince: number;
}

/**
 * Each interval every client gets a `heartbeat` message and a protocol ping. A client that was silent for two intervals is
 * closed with 1001; one that takes nothing of what waits for it is closed with the position to resume after. One timer for
 * all, however many there are.
 */
export class Heartbeat {
  readonly #hub: Hub;
  readonly #peers: ReadonlySet<Peer>;
  readonly #intervalMs: number;
  readonly #watched = new WeakMap<Peer, Watched>();
  readonly #timer: NodeJS.Timeout;

  /** @param peers every client that is connected */
  constructor(hub: Hub, peers: ReadonlySet<Peer>, intervalMs: number) {
    this.#hub = hub;
    this.#peers = peers;
    this.#intervalMs = intervalMs;
    this.#timer = setInterval(() => this.#round(), Math.max(1, intervalMs / ROUNDS)).unref();
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
    const beat = this.#beat(this.#hub.clock.now());
    for (const peer of this.#peers) {
      if (peer.isClosing) continue;
      const watched = this.#watch(peer, now);
      if (this.#isStuck(peer, watched, now)) {
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
    if (kind === 'websocket' && now - peer.activeAt > 2 * this.#intervalMs) {
      this.#hub.traffic.silent++;
      return peer.close(CLOSE.goingAway, `silent for two heartbeats; resume after ${peer.resumeAfter()}`);
    }
    if (!peer.writer.fits(beat[kind].length)) return;
    watched.pingedAt = now;
    peer.writer.write(beat[kind]);
  }

  #isStuck({ writer }: Peer, watched: Watched, now: number): boolean {
    const { buffered, taken } = writer;
    if (buffered === 0 || taken > watched.taken) {
      watched.taken = taken;
      watched.stillSince = now;
    }
    return now - watched.stillSince > this.#hub.limits.stallMsMax;
  }

  #watch(peer: Peer, now: number): Watched {
    let watched = this.#watched.get(peer);
    if (watched === undefined) {
      watched = { beatAt: now + this.#intervalMs, pingedAt: 0, taken: 0, stillSince: now };
      this.#watched.set(peer, watched);
    }
    return watched;
  }

  /** The same bytes for everyone: the message and, for a WebSocket, the ping in one write. */
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
