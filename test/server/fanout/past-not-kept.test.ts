import { describe, expect, test } from 'vitest';
import { Client } from './support/client.ts';
import { entry, type Served, serve } from './support/server.ts';

const A = 'aaaaaaaa';

async function fill({ store }: Served, events: number): Promise<void> {
  await store.append(Array.from({ length: events }, () => entry(A, 'text_block', 'x'.repeat(2_000))));
}

/** Lets go of everything that is in the log. */
async function forget({ store }: Served): Promise<void> {
  expect(await store.retain({ maxAgeMs: 0 }, new Set())).toBeGreaterThan(0);
}

describe('a reader whose past is no longer kept', () => {
  test('begins where the log begins, and is told so', async () => {
    const served = await serve();
    await fill(served, 20);
    await forget(served);
    const { firstSeq } = served.store;
    expect(firstSeq).toBeGreaterThan(0);
    const client = await Client.connect(served.url);
    expect((await client.subscribe({ adw_id: A, after: 0 })).data).toMatchObject({ from_seq: firstSeq });
    await fill(served, 1);
    await client.until(() => client.seqs().includes(21));
    expect(client.seqs().every(seq => seq > firstSeq)).toBe(true);
  });

  test('is closed with 4002 when retention overtakes it, rather than sent on over a gap', async () => {
    const served = await serve({ limits: { ringBytesMax: 1_000 } });
    const client = await Client.connect(served.url);
    await client.subscribe({ adw_id: A });
    client.socket.pause();
    while (served.fanout.stats().lagging === 0) await fill(served, 500);
    await forget(served);
    const { epoch, firstSeq } = served.store;
    client.socket.resume();
    expect(await client.end()).toEqual({
      code: 4002,
      reason: `no longer kept; the log begins after ${epoch}:${firstSeq}`,
    });
    expect(client.seqs()).toEqual(client.seqs().map((_, at) => at + 1));
  });
});
