import { setTimeout as pass } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Client, type ClientOptions, connect, type WebSocketConstructor } from '../../src/client/index.ts';
import { LogProcess } from './support/log-process.ts';
import { Relay } from './support/relay.ts';

const ADWS = ['aaaaaaa1', 'bbbbbbb2', 'ccccccc3'];
/** Patient enough for a busy machine: a client that gives every answer up before it comes never gets on. */
const QUICK = { backoff: { baseMs: 50, maxMs: 400 }, pingMs: 500, answerMsMax: 3_000, heartbeatMs: 1_000 };
const ws = WebSocket as unknown as WebSocketConstructor;

interface Listener {
  readonly client: Client;
  readonly seqs: Record<string, number[]>;
  /** Whether it has asked for events of this ADW. */
  wants(adwId: string): boolean;
}

/** A client that keeps the seqs it got, by ADW. */
function listen(url: string, adwIds: readonly string[], options: ClientOptions): Listener {
  const client = connect(url, { ...QUICK, ...options });
  onTestFinished(() => client.close());
  const seqs: Record<string, number[]> = {};
  client.on('*', ({ seq, data }) => {
    seqs[data.adw_id] ??= [];
    seqs[data.adw_id]?.push(seq);
  });
  for (const adwId of adwIds) client.subscribe(adwId, { after: 0 });
  return { client, seqs, wants: adwId => adwIds.includes('*') || adwIds.includes(adwId) };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pass(10);
}

const total = (seqs: Record<string, number[]>) => Object.values(seqs).reduce((sum, list) => sum + list.length, 0);

describe('a subscription sees the log exactly', () => {
  test('through kill -9, restarts, a frozen server and connections that hang', { timeout: 240_000 }, async () => {
    const log = await LogProcess.start();
    const relay = await Relay.start();
    relay.target = log.port;
    const restart = async (signal: 'SIGTERM' | 'SIGKILL') => {
      await log.end(signal);
      await log.begin();
      relay.target = log.port;
    };
    const listeners = [
      listen(relay.url, ['*'], { WebSocket: ws }),
      listen(relay.url, ADWS, { WebSocket: ws }),
      listen(relay.url, ['bbbbbbb2'], { WebSocket: ws }),
      listen(relay.url, ['*'], { transport: 'sse' }),
      listen(relay.url, ADWS, { transport: 'sse' }),
    ];
    const moving = async () => {
      const marks = listeners.map(({ seqs }) => total(seqs));
      await until(() => listeners.every(({ seqs }, index) => total(seqs) > (marks[index] ?? 0) + 30));
    };
    const disturbances: (() => Promise<unknown>)[] = [
      () => restart('SIGKILL'),
      async () => relay.swallow(),
      () => restart('SIGTERM'),
      async () => {
        log.signal('SIGSTOP');
        await until(() => listeners.every(({ client }) => client.status.state !== 'open'));
        log.signal('SIGCONT');
      },
      async () => relay.swallow(),
      () => restart('SIGKILL'),
    ];
    for (const disturb of disturbances) {
      await moving();
      await disturb();
    }
    await moving();
    const truth = await log.settle();
    const ofTruth = ({ wants }: Listener) =>
      Object.fromEntries(Object.entries(truth).filter(([adwId]) => wants(adwId)));
    await until(() => listeners.every(listener => total(listener.seqs) >= total(ofTruth(listener))));
    for (const listener of listeners) expect(listener.seqs).toEqual(ofTruth(listener));
  });

  test('from now on means from the moment of subscribing, also when the connection breaks at once', async () => {
    const log = await LogProcess.start();
    const fromNowOn = async (options: ClientOptions) => {
      const relay = await Relay.start();
      relay.target = log.port;
      const { client, seqs } = listen(relay.url, [], options);
      client.subscribe('*');
      await until(() => client.position('*') !== undefined);
      relay.swallow();
      await until(() => total(seqs) > 50);
      const got = Object.values(seqs)
        .flat()
        .toSorted((a, b) => a - b);
      expect(got).toEqual(got.map((_, index) => (got[0] ?? 0) + index));
    };
    await Promise.all([fromNowOn({ WebSocket: ws }), fromNowOn({ transport: 'sse' })]);
  });
});
