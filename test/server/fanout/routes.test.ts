import { describe, expect, test } from 'vitest';
import { serverMessageSchemas } from '../../../src/event/message.ts';
import { Client } from './support/client.ts';
import { entry, serve } from './support/server.ts';

const A = 'aaaaaaaa';
const B = 'bbbbbbbb';

describe('a fresh connection', () => {
  test('is acknowledged with its id, the epoch and the version, on /ws and on /ws/trigger', async () => {
    const { url, store } = await serve();
    for (const path of ['/ws', '/ws/trigger']) {
      const client = await Client.connect(url, path);
      const ack = serverMessageSchemas.connection_ack.parse(client.messages[0]);
      expect(ack.data.connection_id).toMatch(/^conn_\d+_\d+$/);
      expect(ack.data.adw_stream).toMatchObject({ api: 'v1', epoch: store.epoch });
    }
  });

  test("gets everything from now on, in the reference's types only", async () => {
    const { url, store } = await serve();
    await store.append([entry(A)]);
    const client = await Client.connect(url);
    await store.append([entry(A), entry(B, 'session_started'), entry(B)]);
    await client.until(() => client.events.length === 2);
    expect(client.seqs()).toEqual([2, 4]);
    expect(client.events[0]).toMatchObject({ type: 'text_block', epoch: store.epoch, data: { adw_id: A } });
  });
});

describe('a connection that has subscribed', () => {
  test('gets only what it subscribed to, in all types', async () => {
    const { url, store } = await serve();
    const client = await Client.connect(url);
    const ack = await client.subscribe({ adw_id: A });
    expect(serverMessageSchemas.subscription_ack.parse(ack).data).toMatchObject({ adw_id: A, from_seq: 0 });
    await store.append([entry(A, 'session_started'), entry(B), entry(A)]);
    await client.until(() => client.events.length === 2);
    expect(client.seqs()).toEqual([1, 3]);
  });

  test('gets the types it named', async () => {
    const { url, store } = await serve();
    const client = await Client.connect(url);
    await client.subscribe({ adw_id: '*', types: ['session_started'] });
    await store.append([entry(A), entry(B, 'session_started'), entry(A, 'session_started')]);
    await client.until(() => client.events.length === 2);
    expect(client.seqs()).toEqual([2, 3]);
  });

  test('gets history after the seq it has, then what comes', async () => {
    const { url, store } = await serve();
    await store.append([entry(A), entry(A), entry(B), entry(A)]);
    const client = await Client.connect(url);
    const ack = await client.subscribe({ adw_id: A, after: 1, epoch: store.epoch });
    expect(ack.data).toMatchObject({ from_seq: 1, epoch: store.epoch });
    await store.append([entry(A)]);
    await client.until(() => client.events.length === 3);
    expect(client.seqs()).toEqual([2, 4, 5]);
  });

  test('is served from the beginning when its seq is of another log', async () => {
    const { url, store } = await serve();
    await store.append([entry(A), entry(A)]);
    const client = await Client.connect(url);
    expect((await client.subscribe({ adw_id: A, after: 77, epoch: 'another' })).data).toMatchObject({ from_seq: 0 });
    await client.until(() => client.events.length === 2);
    expect(client.seqs()).toEqual([1, 2]);
  });

  test('is served from the beginning when its seq lies beyond the head of the log', async () => {
    const { url, store } = await serve();
    await store.append([entry(A), entry(A)]);
    const client = await Client.connect(url);
    const ack = await client.subscribe({ adw_id: A, after: 77, epoch: store.epoch });
    expect(ack.data).toMatchObject({ from_seq: 0, epoch: store.epoch });
    await client.until(() => client.events.length === 2);
    expect(client.seqs()).toEqual([1, 2]);
  });

  test('waits for the log when other servers write to it and it is ahead of this one', async () => {
    const { url, store } = await serve({ isShared: true });
    const client = await Client.connect(url);
    await client.subscribe({ adw_id: A, after: 2 });
    await store.append([entry(A)]);
    await store.append([entry(A), entry(A)]);
    await client.until(() => client.events.length > 0);
    expect(client.seqs()).toEqual([3]);
  });

  test('is told when the log does not come, and served from the beginning when it asks again', async () => {
    const { url, store } = await serve({ isShared: true, limits: { aheadMsMax: 50 } });
    await store.append([entry(A)]);
    const client = await Client.connect(url);
    await client.subscribe({ adw_id: A, after: 77 });
    expect(await client.end()).toMatchObject({ code: 4002 });
    const again = await Client.connect(url);
    expect((await again.subscribe({ adw_id: A, after: 77 })).data).toMatchObject({ from_seq: 0 });
    await again.until(() => again.events.length === 1);
  });

  test('gets batches when it asked for them', async () => {
    const { url, store } = await serve();
    await store.append(Array.from({ length: 50 }, () => entry(A)));
    const client = await Client.connect(url);
    await client.subscribe({ adw_id: A, after: 0, batch: true });
    await client.until(() => client.events.length === 50);
    for (const batch of client.of('batch')) serverMessageSchemas.batch.parse(batch);
    expect(client.of('batch').length).toBeLessThan(50);
    expect(client.of('text_block')).toEqual([]);
  });

  test('gets nothing more of an ADW after it has unsubscribed', async () => {
    const { url, store } = await serve();
    const client = await Client.connect(url);
    await client.subscribe({ adw_id: A });
    await client.subscribe({ adw_id: B });
    client.send({ type: 'unsubscribe', adw_id: A });
    await client.until(() => client.of('subscription_ack').length === 3);
    await store.append([entry(A), entry(B)]);
    await client.until(() => client.events.length > 0);
    expect(client.seqs()).toEqual([2]);
  });
});

describe('a connection follows all ADWs or some', () => {
  test('a subscription to an ADW takes the place of "*", and goes on where that stood', async () => {
    const { url, store } = await serve();
    const client = await Client.connect(url);
    await client.subscribe({ adw_id: '*' });
    await store.append([entry(A), entry(B)]);
    await client.until(() => client.events.length === 2);
    expect((await client.subscribe({ adw_id: A })).data).toMatchObject({ from_seq: 2 });
    await store.append([entry(B), entry(A)]);
    await client.until(() => client.seqs().includes(4));
    expect(client.seqs()).toEqual([1, 2, 4]);
  });

  test('a subscription to "*" takes the place of those to ADWs', async () => {
    const { url, store, fanout } = await serve();
    const client = await Client.connect(url);
    await client.subscribe({ adw_id: A });
    await client.subscribe({ adw_id: B });
    await client.subscribe({ adw_id: '*' });
    expect(fanout.stats()).toMatchObject({ subscriptions: 1, channels: 1 });
    await store.append([entry(A), entry(B)]);
    await client.until(() => client.events.length >= 2);
    await store.append([entry(A)]);
    await client.until(() => client.seqs().includes(3));
    expect(client.seqs()).toEqual([1, 2, 3]);
  });
});

describe('GET /api/v1/connections', () => {
  test('says who is connected, and what each of them gets', async () => {
    const { url, httpUrl, store } = await serve();
    const client = await Client.connect(url);
    await client.subscribe({ adw_id: A, types: ['text_block'] });
    await store.append([entry(A)]);
    await client.until(() => client.events.length === 1);
    const answer = (await (await fetch(`${httpUrl}/api/v1/connections`)).json()) as { connections: unknown[] };
    expect(answer.connections).toEqual([
      expect.objectContaining({
        kind: 'websocket',
        user_agent: 'a test',
        remote_address: '127.0.0.1',
        events_sent: 1,
        subscriptions: [{ adw_id: A, types: ['text_block'], cursor: 1, state: 'live' }],
      }),
    ]);
  });
});
