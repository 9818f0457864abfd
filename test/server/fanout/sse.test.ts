import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { serverMessageSchemas } from '../../../src/event/message.ts';
import { until } from '../../support/until.ts';
import { entry, serve } from './support/server.ts';

const A = 'aaaaaaaa';
const B = 'bbbbbbbb';

/** Reads a stream until it has given `count` events of the log. */
async function read(url: string, count: number, headers: Record<string, string> = {}) {
  const stop = new AbortController();
  const response = await fetch(url, { headers, signal: stop.signal });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const events: { id: string; event: { seq: number; type: string } }[] = [];
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of response.body as ReadableStream<Uint8Array>) {
    text += decoder.decode(bytes, { stream: true });
    const records = text.split('\n\n');
    text = records.pop() as string;
    for (const record of records) {
      const match = /^id: (.*)\ndata: (.*)$/.exec(record);
      if (match !== null) events.push({ id: match[1] as string, event: JSON.parse(match[2] as string) });
    }
    if (events.length >= count) break;
  }
  stop.abort();
  return events;
}

describe('a stream of Server-Sent Events', () => {
  test('gives history after a seq, then what comes, with ids to resume from', async () => {
    const { httpUrl, store } = await serve();
    await store.append([entry(A), entry(B), entry(A, 'session_started')]);
    const reading = read(`${httpUrl}/api/v1/stream?adw_id=${A}&after=0`, 3);
    await store.append([entry(A)]);
    const events = await reading;
    expect(events.map(({ id }) => id)).toEqual([1, 3, 4].map(seq => `${store.epoch}:${seq}`));
    expect(events[1]?.event).toMatchObject({ seq: 3, type: 'session_started', data: { adw_id: A } });
  });

  test.each([
    ['from now on', '', {}, 2],
    ['after a seq', '?after=1', {}, 1],
    ['after Last-Event-ID', '', { 'last-event-id': 'EPOCH:1' }, 1],
    ['from the beginning, after a seq of another log', '?after=2&epoch=another', {}, 0],
  ])('says first which log it is of and where it begins: %s', async (_where, query, headers, fromSeq) => {
    const { httpUrl, store } = await serve();
    await store.append([entry(A), entry(A)]);
    const stop = new AbortController();
    const sent = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('EPOCH', store.epoch)]),
    );
    const response = await fetch(`${httpUrl}/api/v1/stream${query}`, { headers: sent, signal: stop.signal });
    let text = '';
    for await (const bytes of response.body as ReadableStream<Uint8Array>) {
      text += Buffer.from(bytes).toString();
      if (text.includes('subscription_ack')) break;
    }
    stop.abort();
    const [, id, data = ''] = /^retry: 1000\n\nid: (.*)\nevent: subscription_ack\ndata: (.*)\n\n/.exec(text) ?? [];
    // What a browser resumes with when its connection breaks before an event came.
    expect(id).toBe(`${store.epoch}:${fromSeq}`);
    expect(
      serverMessageSchemas.subscription_ack.parse({ type: 'subscription_ack', data: JSON.parse(data) }),
    ).toMatchObject({
      data: { adw_id: '*', status: 'subscribed', epoch: store.epoch, from_seq: fromSeq },
    });
  });

  test('resumes from Last-Event-ID, which knows better than the URL', async () => {
    const { httpUrl, store } = await serve();
    await store.append([entry(A), entry(A), entry(A)]);
    const headers = { 'last-event-id': `${store.epoch}:2` };
    const [first] = await read(`${httpUrl}/api/v1/stream?after=0`, 1, headers);
    expect(first?.event.seq).toBe(3);
  });

  test('begins anew when Last-Event-ID is of another log', async () => {
    const { httpUrl, store } = await serve();
    await store.append([entry(A), entry(A)]);
    const [first] = await read(`${httpUrl}/api/v1/stream`, 2, { 'last-event-id': 'another:2' });
    expect(first?.event.seq).toBe(1);
  });

  test('begins anew when Last-Event-ID lies beyond the head of the log', async () => {
    const { httpUrl, store } = await serve();
    await store.append([entry(A), entry(A)]);
    const [first] = await read(`${httpUrl}/api/v1/stream`, 2, { 'last-event-id': `${store.epoch}:77` });
    expect(first?.event.seq).toBe(1);
  });

  test('gives the types it was asked for', async () => {
    const { httpUrl, store } = await serve();
    await store.append([entry(A), entry(A, 'session_started'), entry(A)]);
    const [first] = await read(`${httpUrl}/api/v1/stream?after=0&types=session_started,spec_created`, 1);
    expect(first?.event.seq).toBe(2);
  });

  test.each(['adw_id=..%2F..', 'types=nope', 'after=-1', 'after=x'])('refuses %s with 4xx', async query => {
    const { httpUrl } = await serve();
    const response = await fetch(`${httpUrl}/api/v1/stream?${query}`);
    // The status of the error is the app's to set; here it is enough that no stream begins.
    expect(response.headers.get('content-type')).toContain('application/json');
  });

  test('ends when the server shuts down, and says with which code', async () => {
    const { httpUrl, fanout } = await serve();
    const response = await fetch(`${httpUrl}/api/v1/stream`);
    await fanout.close();
    expect(await response.text()).toContain('event: close\ndata: {"code":1001');
  });

  test('is forgotten when its reader is gone that asked for several at once, and holds up no shutdown', async () => {
    const { port, fanout, store } = await serve();
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(3));
    while (fanout.stats().streams < 3) await new Promise(resolve => setImmediate(resolve));
    await store.append([entry(A)]);
    socket.destroy();
    await until('all are forgotten', () => fanout.stats().streams === 0);
    expect(fanout.stats()).toMatchObject({ subscriptions: 0, channels: 0 });
  });

  test('is forgotten when its reader is gone', async () => {
    const { httpUrl, fanout } = await serve();
    const stop = new AbortController();
    await fetch(`${httpUrl}/api/v1/stream`, { signal: stop.signal });
    expect(fanout.stats()).toMatchObject({ streams: 1, subscriptions: 1 });
    stop.abort();
    while (fanout.stats().streams > 0) await new Promise(resolve => setImmediate(resolve));
  });
});
