import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { parseRetryAfter } from '../../../src/base/retry-after.ts';
import type { NewEvent } from '../../../src/event/schema.ts';
import type { Acknowledged, Delivery, Mismatch } from '../../../src/sidecar/deliver/delivery.ts';
import { HttpLink } from '../../../src/sidecar/deliver/http-link.ts';
import { NativeDelivery } from '../../../src/sidecar/deliver/native.ts';
import { packed } from '../../../src/sidecar/deliver/packed-unit.ts';
import { Transport, type TransportOptions } from '../../../src/sidecar/deliver/transport.ts';
import { eventsOf, type Item } from '../../../src/sidecar/flow.ts';
import { startSilentServer } from '../../support/silent-server.ts';
import { GIVEN_UP_MS, type Received, type Reply, startScriptedServer } from './scripted-server.ts';

const eventIn = (text: string): NewEvent => ({
  type: 'agent_log',
  data: { adw_id: 'abcd1234', event_id: text, message: text, level: 'INFO' },
});
const fileItem = (text: string): Item => ({
  kind: 'events',
  adwId: 'abcd1234',
  found: { events: [eventIn(text)], artifacts: [] },
});
const chunkItem = (content: string): Item => {
  const generation = {
    adwId: 'abcd1234',
    path: 'p',
    role: 'r',
    fingerprint: 'f',
    attempt: 1,
    reason: 'new',
    lostBytes: 0,
  } as const;
  const position = { path: 'p', fingerprint: 'f', attempt: 1, next: 10, lines: 1, tail_sha256: 'aa' };
  const source = { path: 'p', fingerprint: 'f', offset: 0, length: 10, line: 1 };
  const chunk: NewEvent = {
    type: 'agent_output_chunk',
    data: { adw_id: 'abcd1234', agent_role: 'r', content, source, lines: 1, sha256: 'bb' },
  };
  return {
    kind: 'unit',
    unit: { generation, offset: 0, end: 10, lines: 1, position, events: [chunk, eventIn('typed')], artifacts: [] },
  };
};

const accepted = (request: Received) => ({
  status: 200,
  body: { accepted: eventsIn(request).length, duplicates: 0, rejected: [], last_seq: 1, positions: [] },
});
const eventsIn = ({ body, method }: Received) =>
  (method === 'PUT' ? '' : body)
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as NewEvent);

/** An answer may take half a minute: a sidecar that waits for that has not given up. */
const BEFORE_ANSWER_MS = 15_000;

const silentUrl = async () => `http://127.0.0.1:${(await startSilentServer()).port}`;

function deliveryTo(url: string, overrides: Partial<TransportOptions> = {}) {
  const transport = new Transport({
    server: url,
    token: undefined,
    timeoutMs: 60_000,
    connections: 1,
    signal: new AbortController().signal,
    log: silentLogger,
    ...overrides,
  });
  onTestFinished(() => transport.close());
  return {
    transport,
    delivery: new NativeDelivery(new HttpLink(transport, 'abcd1234'), { adwId: 'abcd1234', log: silentLogger }),
  };
}

/** What became of a batch that is taken or refused whole. */
async function send(delivery: Delivery, items: readonly Item[]): Promise<Acknowledged | Mismatch> {
  const outcomes: Acknowledged[] = [];
  const mismatch = await delivery.send(items, (taken, outcome) => {
    expect(taken).toBe(items);
    outcomes.push(outcome);
  });
  expect(outcomes).toHaveLength(mismatch ? 0 : 1);
  return mismatch ?? (outcomes[0] as Acknowledged);
}

describe('a batch', () => {
  it('is sent again after a lost answer, 408, 429 and 5xx, in full and with the token', async () => {
    const trouble = [
      'hang-up' as const,
      { status: 408 },
      { status: 429, headers: { 'retry-after': '0' } },
      { status: 500 },
      { status: 503 },
    ];
    const { url, received } = await startScriptedServer((request, n) => trouble[n - 1] ?? accepted(request));
    const { transport, delivery } = deliveryTo(url, { token: 'secret' });
    expect(await send(delivery, [fileItem('a'), fileItem('b')])).toMatchObject({ kind: 'acknowledged', accepted: 2 });
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
    expect(received.at(-1)?.headers.authorization).toBe('Bearer secret');
    expect(transport.retries).toBe(5);
  });

  it('that is too large is split until it fits', async () => {
    const { url } = await startScriptedServer(request =>
      eventsIn(request).length > 2 ? { status: 413, body: undefined } : accepted(request),
    );
    const { delivery } = deliveryTo(url);
    const items = ['a', 'b', 'c', 'd', 'e'].map(fileItem);
    expect(await send(delivery, items)).toEqual({ kind: 'acknowledged', accepted: 5, refused: [] });
  });

  it('that is refused goes on without the one event that is to blame', async () => {
    const { url } = await startScriptedServer(request =>
      request.body.includes('bad')
        ? { status: 400, body: { error: 'no such thing', code: 'invalid_event' } }
        : accepted(request),
    );
    const outcome = await send(deliveryTo(url).delivery, ['a', 'bad', 'c'].map(fileItem));
    expect(outcome).toMatchObject({
      accepted: 2,
      refused: [{ reason: '400: no such thing', event: { data: { message: 'bad' } } }],
    });
  });

  it('names the events that the server rejected one by one', async () => {
    const { url } = await startScriptedServer(() => ({
      status: 200,
      body: {
        accepted: 1,
        rejected: [{ index: 1, error: 'data.level: missing' }],
        last_seq: 1,
        positions: [],
      },
    }));
    const outcome = await send(deliveryTo(url).delivery, [fileItem('a'), fileItem('b')]);
    expect(outcome).toMatchObject({ refused: [{ reason: 'data.level: missing', event: { data: { message: 'b' } } }] });
  });

  it('that does not begin where the log stands is a mismatch', async () => {
    const { url } = await startScriptedServer(() => ({ status: 409, body: { code: 'position_mismatch' } }));
    expect(await send(deliveryTo(url).delivery, [chunkItem('x')])).toEqual({ kind: 'mismatch' });
  });
});

describe('what a server claims', () => {
  const standing = {
    adw_id: 'abcd1234',
    path: 'p',
    fingerprint: 'f',
    attempt: 1,
    next: 10,
    lines: 1,
    tail_sha256: 'aa',
  };

  it('to hold instead of a unit that it refuses is handed on, of this ADW alone', async () => {
    const held = [{ offset: 0, length: 40, sha256: 'cc' }];
    const unit = { adw_id: 'abcd1234', path: 'p', fingerprint: 'f', offset: 0, length: 10, held };
    const { url } = await startScriptedServer(() => ({
      status: 409,
      body: { code: 'unit_not_held', positions: [standing], units: [unit, { ...unit, adw_id: 'ffff0000' }] },
    }));
    expect(await send(deliveryTo(url).delivery, [chunkItem('x')])).toEqual({ kind: 'mismatch', held: [unit] });
  });

  it.each([
    ['as far as was sent is nothing to look at', 10, undefined],
    ['further than was sent has to be checked', 1_000_000_000, [{ next: 1_000_000_000 }]],
  ])('to stand %s', async (_what, next, ahead) => {
    const positions = [
      { ...standing, next },
      { ...standing, path: 'another', next: 99 },
    ];
    const { url } = await startScriptedServer(() => ({
      status: 200,
      body: { accepted: 0, duplicates: 2, rejected: [], last_seq: 1, positions },
    }));
    const outcome = await send(deliveryTo(url).delivery, [chunkItem('x')]);
    expect(outcome).toMatchObject({ kind: 'acknowledged', accepted: 0, refused: [] });
    expect('ahead' in outcome ? outcome.ahead : undefined).toEqual(ahead?.map(one => expect.objectContaining(one)));
  });
});

describe('a packed unit', () => {
  it('is sent as the same bytes as its events, beside units that are not packed', async () => {
    const { url, received } = await startScriptedServer(accepted);
    const { delivery } = deliveryTo(url);
    const items = ['x', `long ${'"\\\u001b🚀é'.repeat(500)}`].map(chunkItem);
    for (const batch of [items, items.map(packed), [...items.slice(0, 1), ...items.slice(1).map(packed)]])
      expect(await send(delivery, batch)).toMatchObject({ accepted: 4, refused: [] });
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
  });

  it('has its events where they are asked for, the same ones each time', () => {
    const item = chunkItem('half of a pair: \ud83d');
    const twin = packed(item);
    expect(eventsOf(twin)).toEqual(eventsOf(item));
    expect(eventsOf(twin)[0]).toBe(eventsOf(twin)[0]);
  });

  it('that is refused leaves a stub, and is handed back whole', async () => {
    const { url, received } = await startScriptedServer(request =>
      request.body.includes('"content":"poison"')
        ? { status: 422, body: { error: 'poison', code: 'invalid_event' } }
        : accepted(request),
    );
    const outcome = await send(deliveryTo(url).delivery, ['x', 'poison', 'y'].map(chunkItem).map(packed));
    expect(outcome).toMatchObject({ accepted: 5, refused: eventsOf(chunkItem('poison')).map(event => ({ event })) });
    expect(received.some(({ body }) => body.includes('"refused":"422: poison"'))).toBe(true);
  });
});

describe('a unit that the server refuses for good', () => {
  it('leaves a stub that moves the position, and is handed back whole', async () => {
    const { url, received } = await startScriptedServer(request =>
      request.body.includes('"content":"poison"')
        ? { status: 422, body: { error: 'poison', code: 'invalid_event' } }
        : accepted(request),
    );
    const outcome = await send(deliveryTo(url).delivery, [chunkItem('poison')]);
    const stub = eventsIn(received.at(-1) ?? { method: '', path: '', headers: {}, body: '{}' });
    expect(stub).toMatchObject([
      { type: 'agent_output_chunk', data: { content: '', refused: '422: poison', source: { offset: 0, length: 10 } } },
    ]);
    expect(outcome).toMatchObject({
      refused: [{ event: { type: 'agent_output_chunk' } }, { event: { type: 'agent_log' } }],
    });
  });
});

describe('a server that refuses everything for a while', () => {
  it('costs nothing: what it refused is sent again until it is taken', async () => {
    let refusals = 0;
    const { url } = await startScriptedServer(request => {
      if (request.method === 'GET') return { status: 200, body: { epoch: 'e', files: [] } };
      return refusals++ < 4
        ? { status: 400, body: { error: 'under repair', code: 'invalid_body' } }
        : accepted(request);
    });
    const { delivery } = deliveryTo(url, { timeoutMs: Number.POSITIVE_INFINITY });
    expect(await send(delivery, [chunkItem('x')])).toMatchObject({ kind: 'acknowledged', accepted: 2, refused: [] });
    expect(refusals).toBe(5);
  });

  it('makes no dead letters of events of whole files, nor of what they announce', async () => {
    let refusals = 0;
    const { url, received } = await startScriptedServer(request =>
      refusals++ < 3 ? { status: 400, body: { error: 'under repair', code: 'invalid_body' } } : accepted(request),
    );
    const bytes = Buffer.from('image');
    const artifact = { path: 'shot.png', sha256: '00', mediaType: 'image/png', bytes };
    const item: Item = {
      ...{ kind: 'events', adwId: 'abcd1234' },
      found: { events: [eventIn('announced')], artifacts: [artifact] },
    };
    const { delivery } = deliveryTo(url, { timeoutMs: Number.POSITIVE_INFINITY });
    expect(await send(delivery, [item])).toMatchObject({ kind: 'acknowledged', accepted: 1, refused: [] });
    expect(received.filter(({ method }) => method === 'PUT').length).toBeGreaterThan(1);
  });

  it('is asked again where its log stands', async () => {
    let asked = 0;
    const { url } = await startScriptedServer(() =>
      asked++ < 2
        ? { status: 400, body: { error: 'under repair', code: 'invalid_body' } }
        : { status: 200, body: { epoch: 'e', files: [] } },
    );
    expect(await deliveryTo(url).delivery.positions()).toEqual({ epoch: 'e', files: [] });
  });

  it('is given up after the time for it, and says why', async () => {
    const { url } = await startScriptedServer(() => ({
      status: 400,
      body: { error: 'under repair', code: 'invalid_body' },
    }));
    await expect(send(deliveryTo(url, { timeoutMs: GIVEN_UP_MS }).delivery, [chunkItem('x')])).rejects.toMatchObject({
      code: 'server_refused',
      message: expect.stringContaining('400: under repair'),
    });
  });
});

describe('what answers in the place of our server', () => {
  it('has refused nothing and taken nothing', async () => {
    const replies: Reply[] = [
      { status: 404, body: { detail: 'Not Found' } },
      { status: 200, text: '' },
      { status: 405 },
    ];
    const calls: ((delivery: Delivery) => Promise<unknown>)[] = [
      delivery => delivery.positions(),
      delivery => send(delivery, [fileItem('a')]),
      delivery => send(delivery, [chunkItem('x')]),
    ];
    // Each is made again until the time for it is over.
    const endsOf = async (reply: Reply) => {
      const { url } = await startScriptedServer(() => reply);
      const made = calls.map(call => call(deliveryTo(url, { timeoutMs: GIVEN_UP_MS }).delivery));
      return (await Promise.allSettled(made)).map(end => ({ reply, end }));
    };
    for (const { reply, end } of (await Promise.all(replies.map(endsOf))).flat()) {
      expect({ reply, end }).toMatchObject({ reply, end: { status: 'rejected', reason: { code: 'wrong_server' } } });
    }
  });
});

describe('a server that stays away', () => {
  it('is given up after the time for it, with its own code', async () => {
    const { delivery } = deliveryTo('http://127.0.0.1:9', { timeoutMs: 200 });
    await expect(send(delivery, [fileItem('a')])).rejects.toMatchObject({ code: 'server_unreachable' });
  });

  it(
    'is given up in that time also when it takes our connections and says nothing',
    async () => {
      const { delivery } = deliveryTo(await silentUrl(), { timeoutMs: 200 });
      await expect(send(delivery, [fileItem('a')])).rejects.toMatchObject({ code: 'server_unreachable' });
    },
    BEFORE_ANSWER_MS,
  );

  it(
    'holds up no sidecar that is to stop',
    async () => {
      const stopped = new AbortController();
      const { delivery } = deliveryTo(await silentUrl(), {
        timeoutMs: Number.POSITIVE_INFINITY,
        signal: stopped.signal,
      });
      const sent = send(delivery, [fileItem('a')]);
      stopped.abort();
      await expect(sent).rejects.toMatchObject({ code: 'server_unreachable' });
    },
    BEFORE_ANSWER_MS,
  );

  it('is one in whose place something else answers', async () => {
    const replies = [
      { status: 302, headers: { location: '/sign-in' } },
      { status: 200, text: '<h1>Sign in</h1>' },
    ];
    const { url } = await startScriptedServer((request, n) => replies[n - 1] ?? accepted(request));
    const { transport, delivery } = deliveryTo(url);
    expect(await send(delivery, [fileItem('a')])).toMatchObject({ kind: 'acknowledged', accepted: 1, refused: [] });
    expect(transport.retries).toBe(2);
  });

  it('is given up at once when it refuses the token', async () => {
    const { url, received } = await startScriptedServer(() => ({ status: 401, body: { error: 'no token' } }));
    await expect(send(deliveryTo(url).delivery, [fileItem('a')])).rejects.toMatchObject({ code: 'unauthorized' });
    expect(received).toHaveLength(1);
  });
});

describe('Retry-After', () => {
  it('is seconds or a date', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    expect(parseRetryAfter('3', now)).toBe(3_000);
    expect(parseRetryAfter('Thu, 01 Jan 2026 00:00:10 GMT', now)).toBe(10_000);
    expect(parseRetryAfter('soon', now)).toBeUndefined();
  });
});
