import { describe, expect, it, onTestFinished } from 'vitest';
import type { Logger } from '../../../src/base/log.ts';
import { silentLogger } from '../../../src/base/log.ts';
import type { NewEvent } from '../../../src/event/schema.ts';
import { ReferenceDelivery } from '../../../src/sidecar/deliver/reference.ts';
import { Transport } from '../../../src/sidecar/deliver/transport.ts';
import type { Item } from '../../../src/sidecar/flow.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { startScriptedServer } from './scripted-server.ts';

const adw_id = 'abcd1234';
const text = (content: string): NewEvent => ({ type: 'text_block', data: { adw_id, content } });

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
const announcement = (content: string): Item => ({
  kind: 'events',
  adwId: adw_id,
  found: { events: [text(content)], artifacts: [] },
});

function deliveryTo(url: string, { log = silentLogger, timeoutMs = 5_000 }: { log?: Logger; timeoutMs?: number } = {}) {
  const stop = new AbortController();
  const { signal } = stop;
  const transport = new Transport({ server: url, token: undefined, timeoutMs, connections: 4, signal, log });
  onTestFinished(() => transport.close());
  return { stop, delivery: new ReferenceDelivery(transport, { log, signal }) };
}

const contentOf = ({ body }: { body: string }) => (JSON.parse(body) as { data: { content: string } }).data.content;

describe('a batch', () => {
  it('goes out file by file in order, files side by side, and what is of no file in its place', async () => {
    const { url, received } = await startScriptedServer(() => ({ status: 200 }));
    const { delivery } = deliveryTo(url);
    const items = [unit('a', 'a1', 'a2'), unit('b', 'b1'), unit('a', 'a3'), announcement('role'), unit('b', 'b2')];
    expect(await delivery.send(items)).toMatchObject({ kind: 'acknowledged', accepted: 6, refused: [] });
    const said = received.map(contentOf);
    expect(said.filter(content => content.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(said.slice(-2)).toEqual(['role', 'b2']);
  });

  it('counts what was taken, not what the server has no route for', async () => {
    const { url, received } = await startScriptedServer(() => ({ status: 404 }));
    const { log, recorded } = recordingLogger();
    const { delivery } = deliveryTo(url, { log });
    const items = ['a', 'b', 'c', 'd'].map(path => unit(path, `${path}1`, `${path}2`));
    expect(await delivery.send(items)).toMatchObject({ kind: 'acknowledged', accepted: 0, refused: [] });
    expect(await delivery.send(items)).toMatchObject({ kind: 'acknowledged', accepted: 0 });
    expect(received.length).toBeLessThanOrEqual(4);
    expect(recorded).toMatchObject([{ name: 'route_missing', fields: { route: '/api/agent-state-update' } }]);
  });

  it('names what was refused for good and goes on', async () => {
    const { url } = await startScriptedServer(request =>
      contentOf(request) === 'bad' ? { status: 422, body: { detail: [{ msg: 'no' }] } } : { status: 200 },
    );
    const outcome = await deliveryTo(url).delivery.send([unit('a', 'one', 'bad', 'two')]);
    expect(outcome).toMatchObject({
      accepted: 2,
      refused: [{ event: text('bad'), reason: '422: [{"msg":"no"}]' }],
    });
  });
});

describe('what was delivered before the end', () => {
  it('is told apart from what was not when the server stays away', async () => {
    const { url } = await startScriptedServer(request =>
      contentOf(request).endsWith('2') ? { status: 503 } : { status: 200 },
    );
    const items = [unit('a', 'a1'), unit('a', 'a2'), unit('b', 'b1'), announcement('never')];
    const outcome = await deliveryTo(url, { timeoutMs: 100 }).delivery.send(items);
    expect(outcome).toMatchObject({ kind: 'interrupted', error: { code: 'server_unreachable' } });
    expect(outcome).toHaveProperty('done', [items[0], items[2]]);
    expect(outcome).toHaveProperty('outcome.accepted', 2);
  });

  it('ends with the unit under way when we are to stop', async () => {
    const { stop, delivery } = deliveryTo(
      (
        await startScriptedServer(request => {
          if (contentOf(request) === 'a1') stop.abort();
          return { status: 200 };
        })
      ).url,
    );
    const items = [unit('a', 'a1', 'a2'), unit('a', 'a3')];
    const outcome = await delivery.send(items);
    expect(outcome).toMatchObject({ kind: 'interrupted', outcome: { accepted: 2 } });
    expect(outcome).toHaveProperty('done', [items[0]]);
  });
});
