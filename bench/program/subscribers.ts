import type { Socket } from 'node:net';
import { MARK_BEGIN, MARK_LENGTH, monotonicMicros, readMark } from '../data/mark.ts';
import { clientFrame, openWebSocket } from './websocket.ts';

/** What a process of subscribers does, as JSON in its first argument. */
export interface SubscribersOptions {
  readonly port: number;
  readonly path: string;
  readonly count: number;
  /** What each sends when it is connected: subscriber i sends `hello[i % hello.length]`; none when empty. */
  readonly hello: readonly string[];
  /** Opcode of `hello`: 1 text, 2 binary. */
  readonly opcode: 1 | 2;
  /** One event in this many is timed. */
  readonly timed: number;
  /** The first number that each publisher's events have for these subscribers. */
  readonly from: number;
  /** This many of them never read. */
  readonly stuck: number;
}

/** Sent to the parent about every 10 ms while something changes, and on its request. */
export interface SubscribersReport {
  /** Deliveries so far, over all subscribers. */
  readonly deliveries: number;
  /** Deliveries of the subscriber that has the fewest. */
  readonly least: number;
  readonly bytes: number;
  /** Monotonic clock at the last delivery, µs. */
  readonly lastAt: number;
  readonly faults: readonly string[];
  /** ms, since the last report that was asked for. */
  readonly latencies: readonly number[];
  /** Whether it was asked for. */
  readonly asked: boolean;
}

const options = JSON.parse(process.argv[2] ?? '{}') as SubscribersOptions;
const { from, timed, count } = options;
const faults: string[] = [];
const deliveries = new Float64Array(count);
let latencies: number[] = [];
let total = 0;
let bytes = 0;
let lastAt = 0;

/** What a server answers to `hello`: from then on, and no earlier for sure, each event goes to that subscriber. */
const ACKNOWLEDGED = Buffer.from('"subscription_ack"');

/** Follows one subscriber's bytes: of every publisher each number once, in order. */
function follower(index: number): (chunk: Buffer) => void {
  const next: number[] = [];
  let carry = Buffer.alloc(0);
  return chunk => {
    bytes += chunk.length;
    const data = carry.length > 0 ? Buffer.concat([carry, chunk]) : chunk;
    let at = 0;
    for (;;) {
      const found = data.indexOf(MARK_BEGIN, at);
      if (found < 0 || found + MARK_LENGTH > data.length) {
        // A mark may lie across two reads. The buffer is shared: what is kept has to be a copy.
        const keep = found < 0 ? Math.max(at, data.length - MARK_BEGIN.length) : found;
        carry = Buffer.from(data.subarray(keep));
        break;
      }
      take(index, next, readMark(data, found));
      at = found + MARK_LENGTH;
    }
  };
}

function take(index: number, next: number[], mark: { publisher: number; number: number; sent: number }): void {
  const expected = next[mark.publisher] ?? from;
  if (mark.number !== expected && faults.length < 10) {
    faults.push(`subscriber ${index}: publisher ${mark.publisher}'s ${mark.number} where ${expected} was due`);
  }
  next[mark.publisher] = mark.number + 1;
  deliveries[index] = (deliveries[index] as number) + 1;
  total += 1;
  if (mark.number % timed === 0) latencies.push((monotonicMicros() - mark.sent) / 1_000);
}

async function open(index: number): Promise<void> {
  const stuck = index < options.stuck;
  const { hello } = options;
  const follow = stuck ? () => {} : follower(index);
  let acknowledge = () => {};
  const acknowledged = new Promise<void>(resolve => {
    acknowledge = resolve;
  });
  let head = Buffer.alloc(0);
  let isAcknowledged = hello.length === 0;
  const socket: Socket = await openWebSocket({
    port: options.port,
    path: options.path,
    onBytes: chunk => {
      if (!isAcknowledged) {
        head = Buffer.concat([head, chunk]);
        isAcknowledged = head.includes(ACKNOWLEDGED);
        if (isAcknowledged) acknowledge();
      }
      follow(chunk);
    },
    onClose: () => {
      if (!stuck) faults.push(`subscriber ${index} was closed`);
      acknowledge();
    },
  });
  if (hello.length > 0) {
    socket.write(clientFrame(hello[index % hello.length] as string, options.opcode));
    await acknowledged;
  }
  if (stuck) socket.pause();
}

function report(): SubscribersReport {
  const least = deliveries.subarray(options.stuck).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return { deliveries: total, least, bytes, lastAt, faults, latencies: [], asked: false };
}

let reported = -1;
setInterval(() => {
  if (total === reported) return;
  reported = total;
  lastAt = monotonicMicros();
  process.send?.(report());
}, 10);
process.on('message', () => {
  process.send?.({ ...report(), latencies, asked: true });
  latencies = [];
});
process.on('disconnect', () => process.exit());

for (let index = 0; index < count; index += 100) {
  await Promise.all(Array.from({ length: Math.min(100, count - index) }, (_, offset) => open(index + offset)));
}
console.log('all subscribed');
