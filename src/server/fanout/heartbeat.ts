import { isoTime, steadyClock } from '../../base/clock.ts';
import { CLOSE } from '../../event/close-code.ts';
import { textFrame } from './frame.ts';
import type { Hub } from './hub.ts';
import type { Peer } from './peer.ts';

/** Looks per heartbeat interval, so that the connections' beats are spread over it. */
const LOOKS = 16;
const PING = Buffer.from([0x89, 0x00]);

/** What is remembered of a peer between two looks; times are of the steady clock. */
interface Watched {
  beatAt: number;
  pingedAt: number;
  /** The most that it had taken at a look. */
  taken: number;
  /** Since when nothing of what waits for it was taken. */
  stillSince: number;
}

/**
 * The pulse of all connections: a `heartbeat` message and a protocol ping each interval, 1001 for who was silent for two,
 * a close that says where to resume for who takes nothing. One timer for all, however many there are.
 */
export class Heartbeat {
  readonly #hub: Hub;
  readonly #intervalMs: number;
  readonly #watched = new WeakMap<Peer, Watched>();
  readonly #timer: NodeJS.Timeout;

  constructor(hub: Hub, intervalMs: number) {
    this.#hub = hub;
    this.#intervalMs = intervalMs;
    this.#timer = setInterval(() => this.#look(), Math.max(1, intervalMs / LOOKS)).unref();
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

  #look(): void {
    const now = steadyClock.now();
    const beat = this.#beat(this.#hub.clock.now());
    for (const peer of this.#hub.peers) {
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
    // A stream of Server-Sent Events never answers: whether anyone is there shows in what it takes.
    if (kind === 'websocket' && now - peer.activeAt > 2 * this.#intervalMs) {
      this.#hub.traffic.silent++;
      return peer.close(CLOSE.goingAway, `silent for two heartbeats; resume after ${peer.resumeAfter()}`);
    }
    if (!peer.outlet.fits(beat[kind].length)) return;
    watched.pingedAt = now;
    peer.outlet.write(beat[kind]);
  }

  #isStuck({ outlet }: Peer, watched: Watched, now: number): boolean {
    const { buffered, taken } = outlet;
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
    const active_connections = this.#hub.peers.size;
    const data = { timestamp: time, server_time: time, active_connections, server_status: 'healthy' };
    return {
      websocket: Buffer.concat([textFrame(JSON.stringify({ type: 'heartbeat', data })), PING]),
      sse: Buffer.from(`event: heartbeat\ndata: ${JSON.stringify(data)}\n\n`),
    };
  }
}
