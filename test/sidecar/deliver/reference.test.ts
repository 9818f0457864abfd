import { describe, expect, it, onTestFinished } from 'vitest';
import type { Logger } from '../../../src/base/log.ts';
import { silentLogger } from '../../../src/base/log.ts';
import type { NewEvent } from '../../../src/event/schema.ts';
import type { Refusal } from '../../../src/sidecar/deliver/delivery.ts';
import { ReferenceDelivery } from '../../../src/sidecar/deliver/reference.ts';
import { Transport } from '../../../src/sidecar/deliver/transport.ts';
import type { Item } from '../../../src/sidecar/flow.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { GIVEN_UP_MS, type Reply, startScriptedServer } from './scripted-server.ts';

const adw_id = 'abcd1234';
const text = (content: string): NewEvent => ({ type: 'text_block', data: { adw_id, content } });
const SUCCESS: Reply = { status: 200, body: { status: 'success' } };

/** A unit of a file whose events say `texts`. */
function unit(path: string, ...texts: readonly string[]): Item {
  const generation = {
    adwId: adw_id,
    path,
    role: 'r',
    fingerprint: 'f',
    attempt: 1,
    reason: 'new',
    lostBytes: 0,
  } as const;
  const position = { path, fingerprint: 'f', attempt: 1, next: 1, lines: 1, tail_sha256: '' };
  const events = texts.map(text);
  return { kind: 'unit', unit: { generation, offset: 0, end: 1, lines: 1, position, events, artifacts: [] } };
}
const announcement = (...contents: string[]): Item => ({
  kind: 'events',
  adwId: adw_id,
  found: { events: contents.map(text), artifacts: [] },
});

interface Setting {
  readonly log?: Logger;
  readonly timeoutMs?: number;
}

/** A delivery that remembers what it was said to have delivered. */
function deliveryTo(url: string, { log = silentLogger, timeoutMs = 60_000 }: Setting = {}) {
  const stop = new AbortController();
  const { signal } = stop;
  const transport = new Transport({ server: url, token: undefined, timeoutMs, connections: 4, signal, log });
  onTestFinished(() => transport.close());
  const delivery = new ReferenceDelivery(transport, { log, signal, stages: true, besideMonitor: false });
  const taken: Item[] = [];
  const refused: Refusal[] = [];
  let accepted = 0;
  const send = (items: readonly Item[]) =>
    delivery.send(items, (some, outcome) => {
      taken.push(...some);
      refused.push(...outcome.refused);
      accepted += outcome.accepted;
    });
  return { stop, send, taken, refused, accepted: () => accepted };
}

const contentOf = ({ body }: { body: string }) => (JSON.parse(body) as { data?: { content: string } }).data?.content;

describe('a batch', () => {
  it('goes out file by file in order, files side by side, and what is of no file in its place', async () => {
    const { url, received } = await startScriptedServer(() => SUCCESS);
    const { send, accepted, refused } = deliveryTo(url);
    await send([unit('a', 'a1', 'a2'), unit('b', 'b1'), unit('a', 'a3'), announcement('role'), unit('b', 'b2')]);
    expect([accepted(), refused]).toEqual([6, []]);
    const said = received.map(contentOf);
    expect(said.filter(content => content?.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(said.slice(-2)).toEqual(['role', 'b2']);
  });

  it('is told of line by line, and event by event where there are no lines, before more of the file is sent', async () => {
    const done: (string | undefined)[] = [];
    const { url, received } = await startScriptedServer(() => SUCCESS);
    const delivery = deliveryTo(url);
    const send = delivery.send([unit('a', 'a1', 'a2'), unit('a', 'a3'), announcement('x', 'y')]);
    const push = delivery.taken.push.bind(delivery.taken);
    delivery.taken.push = (...items) => {
      done.push(contentOf(received.at(-1) ?? { body: '{}' }));
      return push(...items);
    };
    await send;
    expect(done).toEqual(['a2', 'a3', 'x', 'y']);
  });

  it('names what was refused for good and goes on', async () => {
    const { url } = await startScriptedServer(request =>
      contentOf(request) === 'bad' ? { status: 422, body: { detail: [{ msg: 'no' }] } } : SUCCESS,
    );
    const { send, accepted, refused } = deliveryTo(url);
    await send([unit('a', 'one', 'bad', 'two')]);
    expect(accepted()).toBe(2);
    expect(refused).toEqual([{ event: text('bad'), reason: '422: [{"msg":"no"}]' }]);
  });
});

describe('a route that is not there', () => {
  it('is left out and said once where the server took something else', async () => {
    const { url, received } = await startScriptedServer(({ path }) =>
      path === '/api/spec-created' ? { status: 404, body: { detail: 'Not Found' } } : SUCCESS,
    );
    const { log, recorded } = recordingLogger();
    const { send, taken, accepted } = deliveryTo(url, { log });
    const spec: NewEvent = { type: 'spec_created', data: { adw_id, spec_path: 'specs/a.md', spec_type: 'plan' } };
    const specs: Item = { kind: 'events', adwId: adw_id, found: { events: [spec, spec], artifacts: [] } };
    await send([unit('a', 'one'), specs, unit('a', 'two')]);
    expect(taken).toHaveLength(4);
    expect(accepted()).toBe(2);
    expect(received.filter(({ path }) => path === '/api/spec-created')).toHaveLength(1);
    expect(recorded).toMatchObject([{ name: 'route_missing', fields: { route: '/api/spec-created' } }]);
  });

  it('is left out also when it is the first that is asked, and the server proves itself by a refusal', async () => {
    const { url } = await startScriptedServer(({ path, body }) => {
      if (path === '/api/spec-created') return { status: 404, body: { detail: 'Not Found' } };
      return body === '{}' ? { status: 400, body: { error: "Missing 'adw_id'" } } : SUCCESS;
    });
    const { send, taken, accepted } = deliveryTo(url);
    const spec: NewEvent = { type: 'spec_created', data: { adw_id, spec_path: 'specs/a.md', spec_type: 'plan' } };
    await send([{ kind: 'events', adwId: adw_id, found: { events: [spec], artifacts: [] } }, unit('a', 'one')]);
    expect([taken.length, accepted()]).toEqual([2, 1]);
  });
});

describe('what takes nothing', () => {
  it('is never said to have', async () => {
    const replies: Record<string, Reply> = {
      '404 on every route': { status: 404, body: { detail: 'Not Found' } },
      '405 on every route': { status: 405 },
      'an empty 200': { status: 200, text: '' },
      '200 with other JSON': { status: 200, body: { ok: true } },
      '200 with a status that is no success': { status: 200, body: { status: 'ok' } },
      '201 and success': { status: 201, body: { status: 'success' } },
      'a page of a proxy that refuses': { status: 400, text: '<h1>Bad Request</h1>' },
    };
    // Each is asked until the time for it is over.
    const ends = Object.entries(replies).map(async ([what, reply]) => {
      const { url } = await startScriptedServer(() => reply);
      const { send, taken, refused } = deliveryTo(url, { timeoutMs: GIVEN_UP_MS });
      const [end] = await Promise.allSettled([send([unit('a', 'one'), unit('b', 'two')])]);
      return { what, end, taken, refused };
    });
    const refusal = { status: 'rejected', reason: { code: 'wrong_server' } };
    expect(await Promise.all(ends)).toMatchObject(
      Object.keys(replies).map(what => ({ what, end: refusal, taken: [], refused: [] })),
    );
  });

  it('is asked again, and told everything once the server is there', async () => {
    const { url } = await startScriptedServer((_request, n) => (n === 1 ? { status: 200, text: '' } : SUCCESS));
    const { send, taken, accepted } = deliveryTo(url);
    await send([unit('a', 'one', 'two')]);
    expect([taken.length, accepted()]).toEqual([1, 2]);
  });
});

describe('a server that refuses everything for a while', () => {
  const UNKNOWN: Reply = { status: 400, body: { error: 'bad request' } };

  it.each([
    ['400, before it has taken anything', 'one', { status: 400, body: { error: 'under repair' } }],
    ['400', 'two', { status: 400, body: { error: 'under repair' } }],
    ['404', 'two', { status: 404, body: { detail: 'Not Found' } }],
    ['403', 'two', { status: 403, body: { error: 'Forbidden.' } }],
  ] satisfies [string, string, Reply][])(
    'makes no dead letter, and no route is left out: %s',
    async (_what, from, reply) => {
      let tries = 0;
      const { url } = await startScriptedServer(request => {
        if (contentOf(request) === from) tries += 1;
        if (tries === 1) return reply;
        return request.body === '{}' ? { status: 400, body: { error: "Missing 'adw_id'" } } : SUCCESS;
      });
      const { send, refused, accepted } = deliveryTo(url);
      await send([unit('a', 'one', 'two', 'three')]);
      expect([accepted(), refused]).toEqual([3, []]);
    },
  );

  it('is told from one that refuses an event in the words in which it refuses nothing', async () => {
    const { url } = await startScriptedServer(request =>
      request.body === '{}' || contentOf(request) === 'bad' ? UNKNOWN : SUCCESS,
    );
    const { send, refused, accepted } = deliveryTo(url);
    await send([unit('a', 'one', 'bad', 'two')]);
    expect(accepted()).toBe(2);
    expect(refused).toEqual([{ event: text('bad'), reason: '400: bad request' }]);
  });
});

describe('what was delivered before the end', () => {
  it('is told apart from what was not when the server stays away', async () => {
    const { url } = await startScriptedServer(request =>
      contentOf(request)?.endsWith('2') ? { status: 503 } : SUCCESS,
    );
    const items = [unit('a', 'a1'), unit('a', 'a2'), unit('b', 'b1'), announcement('never')];
    const { send, taken, accepted } = deliveryTo(url, { timeoutMs: GIVEN_UP_MS });
    await expect(send(items)).rejects.toMatchObject({ code: 'server_unreachable' });
    expect(new Set(taken)).toEqual(new Set([items[0], items[2]]));
    expect(accepted()).toBe(2);
  });

  it('ends with the unit under way when we are to stop', async () => {
    const server = await startScriptedServer(request => {
      if (contentOf(request) === 'a1') delivery.stop.abort();
      return SUCCESS;
    });
    const delivery = deliveryTo(server.url);
    const items = [unit('a', 'a1', 'a2'), unit('a', 'a3')];
    await expect(delivery.send(items)).rejects.toMatchObject({ code: 'server_unreachable' });
    expect([delivery.taken, delivery.accepted()]).toEqual([[items[0]], 2]);
  });
});
