import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventType } from '../../../src/event/types.ts';
import type { Store } from '../../../src/server/store/store.ts';
import { Client } from './support/client.ts';
import { entry, serve } from './support/server.ts';

const ADWS = ['aaaaaaaa', 'bbbbbbbb', 'cccccccc'];
const TYPES: readonly EventType[] = ['text_block', 'tool_use_pre', 'session_started'];

/** What a subscription has to give, by a plain reading of the log. */
async function expected(store: Store, { adwId, types, after }: { adwId: string; types: EventType[]; after: number }) {
  const events = await store.read({ after, limit: 1_000_000 });
  const wanted = events.filter(one => (adwId === '*' || one.adwId === adwId) && types.includes(one.type));
  return wanted.map(one => one.seq);
}

const append = (store: Store, sizes: readonly number[]) =>
  Promise.all(
    sizes.map(async (size, index) => {
      const entries = Array.from({ length: size }, (_, at) =>
        entry(
          ADWS[(index + at) % 3] as string,
          TYPES[(index * 7 + at) % 3] as EventType,
          'x'.repeat((at * 997) % 3_000),
        ),
      );
      await store.append(entries);
    }),
  );

describe('from history into live', () => {
  test('there is no gap and no repeat, whatever is appended meanwhile and wherever the reader begins', async () => {
    const batches = fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 8 });
    const request = fc.record({
      adwId: fc.constantFrom('*', ...ADWS),
      types: fc.subarray([...TYPES], { minLength: 1 }),
      from: fc.double({ min: 0, max: 1, noNaN: true }),
      batch: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        batches,
        batches,
        fc.array(request, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (...given) => {
          const [before, during, requests, smallRing] = given;
          const { url, store, close } = await serve({ limits: { ringBytesMax: smallRing ? 20_000 : 16_000_000 } });
          await append(store, before);
          const history = store.lastSeq;
          const appending = append(store, during);
          const readers = requests.map(async ({ from, adwId, types, batch }) => {
            const client = await Client.connect(url);
            const after = Math.floor(from * history);
            await client.subscribe({ adw_id: adwId, types, after, batch });
            return { client, after, adwId, types };
          });
          await appending;
          for (const reader of readers) {
            const { client, ...wanted } = await reader;
            const seqs = await expected(store, wanted);
            await client.until(() => client.events.length >= seqs.length);
            expect(client.seqs()).toEqual(seqs);
            client.socket.terminate();
          }
          await close();
        },
      ),
      { numRuns: 40 },
    );
  });

  test('a client that changes how it subscribes keeps the order of the log and misses nothing', async () => {
    const { url, store } = await serve();
    const client = await Client.connect(url);
    await client.subscribe({ adw_id: '*', after: 0 });
    let appending = true;
    const publishing = (async () => {
      while (appending) await append(store, [40, 40]);
    })();
    for (let change = 0; change < 60; change++) await client.subscribe({ adw_id: '*', batch: change % 2 === 0 });
    appending = false;
    await publishing;
    await client.until(() => client.events.length >= store.lastSeq);
    expect(client.seqs()).toEqual(Array.from({ length: store.lastSeq }, (_, at) => at + 1));
  });
});

describe('a client that subscribes again while everything is still catching up', () => {
  test.each([
    ['to an ADW', 'aaaaaaaa'],
    ['to everything', '*'],
  ])('%s, gets nothing twice and misses nothing of it', async (_what, again) => {
    const { url, store } = await serve({ limits: { ringBytesMax: 1, bufferBytesMax: 200_000 } });
    const appendOwn = () => store.append(Array.from({ length: 5 }, () => entry('aaaaaaaa')));
    await appendOwn();
    // More than the sockets in between hold, so that it is not all sent once the client reads no more.
    for (let n = 0; n < 12; n++) {
      await store.append(Array.from({ length: 100 }, () => entry('bbbbbbbb', 'text_block', 'x'.repeat(12_000))));
    }
    await appendOwn();
    const client = await Client.connect(url);
    await client.subscribe({ adw_id: '*', after: 0 });
    await client.until(() => client.events.length >= 5);
    client.socket.pause();
    client.send({ type: 'subscribe', adw_id: again });
    while (client.socket.bufferedAmount > 0) await new Promise(resolve => setImmediate(resolve));
    client.socket.resume();
    await client.until(() => client.of('subscription_ack').length === 2);
    // Else there was nothing left to repeat.
    expect(client.of('subscription_ack')[1]?.data?.from_seq).toBeLessThan(store.lastSeq - 5);
    await store.append([entry('aaaaaaaa')]);
    await client.until(() => client.seqs().includes(store.lastSeq));
    const wanted = (await store.read({ limit: 10_000 })).filter(({ adwId }) => again === '*' || adwId === again);
    const got = client.events.filter(event => again === '*' || event.data?.adw_id === again).map(({ seq }) => seq);
    expect(got).toEqual(wanted.map(({ seq }) => seq));
  });
});
