import { describe, expect, test } from 'vitest';
import type { ReadQuery } from '../../../src/server/store/store.ts';
import { Client } from './support/client.ts';
import { entry, serve } from './support/server.ts';

const A = 'aaaaaaaa';

describe('a fan-out that begins on a log with a past', () => {
  test('has the newest of it in memory, and serves those who come back from there and from before', async () => {
    const { store } = await serve();
    await store.append(Array.from({ length: 3_000 }, () => entry(A, 'text_block', 'x'.repeat(100))));
    const second = await serve({ store, limits: { ringBytesMax: 400_000 } });
    const { ring } = second.fanout.hub.live;
    expect(ring.floor).toBe(3_000);
    await second.fanout.warm();
    expect(ring.floor).toBeLessThan(2_800);
    expect(ring.bytes).toBeLessThanOrEqual(400_000);
    for (const after of [0, ring.floor - 1, ring.floor, 2_990]) {
      const client = await Client.connect(second.url);
      await client.subscribe({ adw_id: A, after, batch: true });
      await client.until(() => client.events.length === 3_000 - after);
      expect(client.seqs()).toEqual(Array.from({ length: 3_000 - after }, (_, index) => after + 1 + index));
    }
  });

  test('of few large events takes no more of them into memory than it may', async () => {
    const { store } = await serve();
    for (let n = 0; n < 20; n++) await store.append([entry(A, 'text_block', 'x'.repeat(200_000))]);
    const asked: number[] = [];
    const watched = new Proxy(store, {
      get(target, key) {
        if (key !== 'read') return Reflect.get(target, key);
        return async (query: ReadQuery) => {
          const page = await target.read(query);
          asked.push(page.length);
          return page;
        };
      },
    });
    const second = await serve({ store: watched, limits: { ringBytesMax: 1_000_000 } });
    await second.fanout.warm();
    expect(asked).toEqual([3]);
    expect(second.fanout.hub.live.ring.floor).toBe(17);
    const client = await Client.connect(second.url);
    await client.subscribe({ adw_id: A, after: 0, batch: true });
    await client.until(() => client.events.length === 20);
    expect(client.seqs()).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  test('has all of a short one, and joins it with what comes meanwhile', async () => {
    const { store } = await serve();
    await store.append([entry(A), entry(A)]);
    const { fanout, url } = await serve({ store });
    const warmed = fanout.warm();
    await store.append([entry(A)]);
    await warmed;
    expect(fanout.hub.live.ring.floor).toBe(0);
    const client = await Client.connect(url);
    await client.subscribe({ adw_id: A, after: 0 });
    await client.until(() => client.events.length === 3);
    expect(client.seqs()).toEqual([1, 2, 3]);
  });
});
