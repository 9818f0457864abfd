import { connect, type Socket } from 'node:net';
import { LOST_MS } from './benchmark.ts';
import { startChild } from './child.ts';
import type { SubscribersOptions, SubscribersReport } from './program/subscribers.ts';
import { programPath } from './subject/sink.ts';

/** A keep-alive HTTP connection that does no more than it must; one request at a time. */
export interface Poster {
  /** Posts a body; resolves with the answer's body. @throws unless the status is 2xx */
  post(body: string | Buffer): Promise<string>;
  close(): void;
}

/** Connects to where events are posted. */
export function poster(target: { port: number; path: string; type?: string }): Promise<Poster> {
  const { port, path, type = 'application/x-ndjson' } = target;
  return new Promise((resolve, reject) => {
    let waiting: { resolve: (text: string) => void; reject: (error: Error) => void } | undefined;
    let answer = '';
    const fail = (error: Error) => waiting?.reject(error);
    const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true }, () =>
      resolve({
        post: body =>
          new Promise((done, failed) => {
            waiting = { resolve: done, reject: failed };
            const length = Buffer.byteLength(body);
            socket.cork();
            socket.write(
              `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`,
            );
            socket.write(body);
            socket.uncork();
          }),
        close: () => socket.destroy(),
      }),
    );
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
      const end = answer.indexOf('\r\n\r\n');
      if (end < 0 || answer.length < end + 4 + bodyLength(answer.slice(0, end))) return;
      const whole = answer;
      answer = '';
      if (whole.startsWith('HTTP/1.1 2')) waiting?.resolve(whole.slice(end + 4));
      else fail(new Error(whole.slice(0, 300)));
    });
    socket.once('error', error => {
      reject(error);
      fail(error);
    });
    socket.once('close', () => fail(new Error('the connection was closed')));
  });
}

function bodyLength(head: string): number {
  return Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
}

/** A process of subscribers. */
export interface Subscribers {
  /** The newest report. */
  readonly progress: SubscribersReport;
  /** Asks for a report with the latencies since the last one. */
  report(): Promise<SubscribersReport>;
  /** Resolves when `done` holds for a report. @throws when no more deliveries come, or something was lost */
  until(done: (progress: SubscribersReport) => boolean): Promise<SubscribersReport>;
  stop(): Promise<void>;
}

/** Connects subscribers, on the load's core; resolves when all of them are connected. */
export async function startSubscribers(options: Partial<SubscribersOptions> & { port: number }): Promise<Subscribers> {
  const all = { path: '/ws', count: 1, hello: [], opcode: 1, timed: 64, from: 0, stuck: 0, ...options };
  const child = startChild([process.execPath, programPath('subscribers'), JSON.stringify(all)]);
  let progress: SubscribersReport = {
    deliveries: 0,
    least: 0,
    bytes: 0,
    lastAt: 0,
    faults: [],
    latencies: [],
    asked: false,
  };
  const listeners = new Set<() => void>();
  const next = () => new Promise<void>(resolve => listeners.add(resolve));
  // Several messages may come at once: the one that was asked for is not always the newest when the test reads it.
  let answer: ((report: SubscribersReport) => void) | undefined;
  child.process.on('message', (message: SubscribersReport) => {
    progress = message;
    if (message.asked) answer?.(message);
    for (const listener of listeners) listener();
    listeners.clear();
  });
  await child.says(/all subscribed/);
  const check = () => {
    if (progress.faults.length > 0) throw new Error(progress.faults.join('; '));
  };
  return {
    get progress() {
      return progress;
    },
    async report() {
      const asked = new Promise<SubscribersReport>(resolve => {
        answer = resolve;
      });
      child.process.send({});
      const report = await asked;
      check();
      return report;
    },
    async until(done) {
      let delivered = -1;
      let deliveredAt = 0;
      while (!done(progress)) {
        check();
        if (progress.deliveries > delivered) [delivered, deliveredAt] = [progress.deliveries, performance.now()];
        else if (performance.now() - deliveredAt > LOST_MS)
          throw new Error(`only ${progress.deliveries} deliveries, ${progress.least} to one`);
        await Promise.race([next(), new Promise(resolve => setTimeout(resolve, 500))]);
      }
      check();
      return progress;
    },
    stop: () => child.stop(),
  };
}
