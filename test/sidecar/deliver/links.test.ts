import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AdwStreamError, type ErrorCode } from '../../../src/base/errors.ts';
import { silentLogger } from '../../../src/base/log.ts';
import { sha256Hex } from '../../../src/event/id.ts';
import { BODY_BYTES_MAX } from '../../../src/event/limits.ts';
import type { LocalLog } from '../../../src/event/local-log.ts';
import type { NewEvent } from '../../../src/event/schema.ts';
import type { Acknowledged, Mismatch } from '../../../src/sidecar/deliver/delivery.ts';
import { HttpLink } from '../../../src/sidecar/deliver/http-link.ts';
import { LocalLink } from '../../../src/sidecar/deliver/local-link.ts';
import { NativeDelivery } from '../../../src/sidecar/deliver/native.ts';
import { Transport } from '../../../src/sidecar/deliver/transport.ts';
import type { Item } from '../../../src/sidecar/flow.ts';
import { serverForTest, type TestServer } from '../../server/running.ts';
import { anyCharacter } from '../../support/any-character.ts';
import { until } from '../../support/until.ts';

const ADW = '1a2b3c4d';
const PATH = 'planner/raw_output.jsonl';
const TIME = { timestamp: '2026-01-01T10:00:00.000Z', timing: 'exact' } as const;

function note(event_id: string, more: Record<string, unknown> = {}): Item {
  const event = { type: 'agent_log', data: { adw_id: ADW, event_id, message: 'm', level: 'INFO', ...TIME, ...more } };
  return { kind: 'events', adwId: ADW, found: { events: [event as NewEvent], artifacts: [] } };
}

/** A line of a file, as bytes `offset` to `offset + content.length + 1` of it, with the event that it is. */
function unit(offset: number, content: string, path = PATH): Item {
  const end = offset + content.length + 1;
  const position = { path, fingerprint: 'f', attempt: 1, next: end, lines: 1, tail_sha256: sha256Hex(content) };
  const source = { path, fingerprint: 'f', offset, length: end - offset, line: 1 };
  const common = { adw_id: ADW, agent_role: 'planner', ...TIME, source };
  const hashes = { sha256: sha256Hex(`${content}\n`), tail_sha256: position.tail_sha256 };
  const chunk = { ...common, event_id: `chunk${path}${offset}`, content, lines: 1, attempt: 1, ...hashes };
  const text = { ...common, event_id: `text${path}${offset}`, content: content.slice(0, 100) };
  const generation = { adwId: ADW, path, role: 'planner', fingerprint: 'f', attempt: 1, reason: 'new', lostBytes: 0 };
  const events = [
    { type: 'agent_output_chunk', data: chunk },
    { type: 'text_block', data: text },
  ] as NewEvent[];
  return { kind: 'unit', unit: { generation, offset, end, lines: 1, position, events, artifacts: [] } } as Item;
}

/** The same item of another run. */
function ofRun(item: Item, adwId: string): Item {
  const rename = ({ type, data }: NewEvent) => ({ type, data: { ...data, adw_id: adwId } }) as NewEvent;
  if (item.kind === 'events') return { ...item, found: { ...item.found, events: item.found.events.map(rename) } };
  return { ...item, unit: { ...item.unit, events: item.unit.events.map(rename) } };
}

type LinkName = 'over HTTP' | 'in the process';

function deliveryTo(server: TestServer, name: LinkName, adwId = ADW) {
  const options = { server: server.url, timeoutMs: 60_000, signal: new AbortController().signal, log: silentLogger };
  if (name === 'in the process') {
    const link = new LocalLink({ ...options, adwId, localLog: server.localLog });
    onTestFinished(() => link.close());
    return new NativeDelivery(link, { adwId, log: silentLogger });
  }
  const transport = new Transport({ ...options, token: undefined, connections: 1 });
  onTestFinished(() => transport.close());
  return new NativeDelivery(new HttpLink(transport, adwId), { adwId, log: silentLogger });
}

async function send(delivery: NativeDelivery, items: readonly Item[]): Promise<Acknowledged | Mismatch> {
  const outcomes: Acknowledged[] = [];
  const mismatch = await delivery.send(items, (_items, outcome) => void outcomes.push(outcome));
  return mismatch ?? (outcomes[0] as Acknowledged);
}

/** What the log has of the run, without the server's own words. */
async function logged({ url }: TestServer, adwId = ADW): Promise<unknown[]> {
  const answer = await fetch(`${url}/api/v1/adws/${adwId}/events?limit=1000`);
  // The server knows no run without events.
  const { events = [] } = (await answer.json()) as { events?: NewEvent[] };
  return events
    .filter(({ type }) => type !== 'adw_status' && type !== 'agent_created')
    .map(({ type, data }) => ({ type, data }));
}

describe.each(['over HTTP', 'in the process'] as const)('what is delivered %s', name => {
  it('is in the log once, as it was sent, whatever is sent again, and moves the position', async () => {
    const server = await serverForTest();
    const delivery = deliveryTo(server, name);
    const items = [unit(0, 'one "line"'), note('a'), unit(11, 'two\u2028'), unit(0, 'x', 'other.jsonl')];
    expect(await send(delivery, items)).toEqual({ kind: 'acknowledged', accepted: 7, refused: [] });
    expect(await send(delivery, items)).toMatchObject({ accepted: 0, refused: [] });
    expect(await logged(server)).toEqual(
      items.flatMap(item => (item.kind === 'unit' ? item.unit.events : item.found.events)),
    );
    const { epoch, files } = await delivery.positions();
    expect(files.map(({ path, next, lines }) => [path, next, lines])).toEqual([
      ['other.jsonl', 2, 1],
      [PATH, 16, 2],
    ]);
    expect(epoch).toBe(server.localLog().epoch);
  });

  it('has to follow where the log stands; else nothing is stored, and what the log holds is told', async () => {
    const server = await serverForTest();
    const delivery = deliveryTo(server, name);
    await send(delivery, [unit(0, 'one')]);
    expect(await send(delivery, [note('a'), unit(9, 'later')])).toMatchObject({ kind: 'mismatch' });
    const held = [{ offset: 0, length: 4, sha256: sha256Hex('one\n') }];
    expect(await send(delivery, [unit(0, 'uno')])).toMatchObject({ kind: 'mismatch', held: [{ path: PATH, held }] });
    expect(await logged(server)).toHaveLength(2);
    expect(await delivery.held({ path: PATH, fingerprint: 'f' })).toMatchObject({ lengths: [4] });
  });

  it('is halved where it is too large for one batch, and a unit that is too large alone leaves a stub', async () => {
    const server = await serverForTest();
    const delivery = deliveryTo(server, name);
    const large = (id: string) => note(id, { message: 'x'.repeat(BODY_BYTES_MAX / 4) });
    expect(await send(delivery, ['a', 'b', 'c', 'd', 'e'].map(large))).toMatchObject({ accepted: 5, refused: [] });
    const giant = unit(0, 'y'.repeat(BODY_BYTES_MAX));
    const outcome = (await send(delivery, [giant, unit(BODY_BYTES_MAX + 1, 'after')])) as Acknowledged;
    expect(outcome.accepted).toBe(3);
    expect(outcome.refused.map(({ event }) => event.type)).toEqual(['agent_output_chunk', 'text_block']);
    expect(outcome.refused[0]?.reason).toMatch(/^413: /);
    expect((await delivery.positions()).files[0]?.next).toBe(BODY_BYTES_MAX + 7);
  });

  it('goes in without the one event that cannot be stored', async () => {
    const delivery = deliveryTo(await serverForTest(), name);
    const values = Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`key${n}`, n]));
    const bad = [note('nul\0'), note('time', { timestamp: 'yesterday' }), note('wide', { payload: values })];
    const outcome = await send(delivery, [note('a'), ...bad, note('b')]);
    expect(outcome).toMatchObject({ kind: 'acknowledged', accepted: 2 });
    expect((outcome as Acknowledged).refused.map(({ reason }) => reason)).toEqual([
      'data.event_id: holds NUL or half a surrogate pair',
      'data.timestamp: not a time: "yesterday"',
      'holds more than 50000 keys and values',
    ]);
  });

  it('is nothing for an id that the server does not admit', async () => {
    const delivery = deliveryTo(await serverForTest(), name, 'not-an-id');
    await expect(delivery.positions()).rejects.toMatchObject({ code: 'id_not_admitted' });
  });

  it('has its artifacts before it, and is refused with one that is not what it says', async () => {
    const server = await serverForTest();
    const bytes = Buffer.from('image');
    const artifact = (path: string, sha256: string): Item => {
      const data = { adw_id: ADW, event_id: path, path, sha256, media_type: 'image/png', url: path, bytes: 5, ...TIME };
      const events = [{ type: 'artifact', data } as unknown as NewEvent];
      return {
        ...{ kind: 'events', adwId: ADW },
        found: { events, artifacts: [{ path, sha256, mediaType: 'image/png', bytes }] },
      };
    };
    const outcome = await send(deliveryTo(server, name), [
      artifact('good.png', sha256Hex('image')),
      artifact('bad.png', sha256Hex('other')),
      artifact('../out.png', sha256Hex('image')),
    ]);
    expect((outcome as Acknowledged).refused.map(({ event }) => event.data.path)).toEqual(['bad.png', '../out.png']);
    const stored = await fetch(`${server.url}/api/v1/adws/${ADW}/artifacts/good.png`);
    expect([stored.headers.get('content-type'), await stored.text()]).toEqual(['image/png', 'image']);
  });

  it('is counted by the server', async () => {
    const server = await serverForTest();
    await send(deliveryTo(server, name), [note('a'), note('b')]);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/^adw_stream_events_accepted_total [2-9]$/m);
    expect(metrics).toMatch(/^adw_stream_commit_seconds_count [1-9]$/m);
  });
});

describe('both links', () => {
  it('leave the same log, for any schedule of units, notes and repeats', async () => {
    const step = fc.oneof(
      fc.record({
        file: fc.constantFrom('a.jsonl', 'b.jsonl'),
        content: fc.string({ unit: anyCharacter, maxLength: 40 }),
      }),
      fc.record({ id: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), extra: fc.jsonValue() }),
      fc.constant('again' as const),
    );
    const servers = [await serverForTest(), await serverForTest()] as const;
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 6 }), async batches => {
        const adwId = `abcd${String(runs++).padStart(4, '0')}`;
        const answers = await Promise.all(
          (['over HTTP', 'in the process'] as const).map(async (name, index) => {
            const delivery = deliveryTo(servers[index] as TestServer, name, adwId);
            const next = new Map<string, number>();
            let last: Item[] = [];
            const outcomes: unknown[] = [];
            for (const batch of batches) {
              const items = batch.flatMap((one): Item[] => {
                if (one === 'again') return last;
                if (!('file' in one)) return [note(one.id, { extra: one.extra })];
                const item = unit(next.get(one.file) ?? 0, one.content, one.file);
                next.set(one.file, item.kind === 'unit' ? item.unit.end : 0);
                return [item];
              });
              last = items.filter(({ kind }) => kind === 'events');
              outcomes.push(
                await send(
                  delivery,
                  items.map(item => ofRun(item, adwId)),
                ),
              );
            }
            const { files } = await delivery.positions();
            return { outcomes, files, events: await logged(servers[index] as TestServer, adwId) };
          }),
        );
        expect(answers[1]).toEqual(answers[0]);
      }),
      { numRuns: 15 },
    );
  }, 60_000);
});

describe('a log in the process that refuses for a while', () => {
  /** A log whose next calls fail in these ways. */
  function failing(server: TestServer, failures: (ErrorCode | 'bug')[]): () => LocalLog {
    const log = server.localLog();
    return () => ({
      ...log,
      append: events => {
        const failure = failures.shift();
        if (failure === 'bug') return Promise.reject(new TypeError('undefined is not a function'));
        if (failure === undefined) return log.append(events);
        return Promise.reject(new AdwStreamError(failure, 'Not now.', { details: { retry_after_seconds: 0.01 } }));
      },
    });
  }

  function linkTo(server: TestServer, localLog: () => LocalLog, signal = new AbortController().signal) {
    const link = new LocalLink({
      server: server.url,
      timeoutMs: 60_000,
      signal,
      log: silentLogger,
      adwId: ADW,
      localLog,
    });
    onTestFinished(() => link.close());
    return { link, delivery: new NativeDelivery(link, { adwId: ADW, log: silentLogger }) };
  }

  it('is asked again when it is busy, full, away or broken, and has all of it once', async () => {
    const server = await serverForTest();
    const failures: (ErrorCode | 'bug')[] = ['rate_limited', 'storage_full', 'store_unavailable', 'bug'];
    const { link, delivery } = linkTo(server, failing(server, failures));
    expect(await send(delivery, [unit(0, 'one')])).toMatchObject({ kind: 'acknowledged', accepted: 2, refused: [] });
    expect([link.retries, link.connected]).toEqual([4, true]);
    expect(await logged(server)).toHaveLength(2);
  });

  it('is the one of a server that has begun anew, from the next question on', async () => {
    const [former, next] = [await serverForTest(), await serverForTest()];
    let current = former;
    const { delivery } = linkTo(former, () => current.localLog());
    await send(delivery, [unit(0, 'one')]);
    current = next;
    expect(await send(delivery, [unit(4, 'two')])).toMatchObject({ kind: 'mismatch' });
    expect(await delivery.positions()).toMatchObject({ epoch: next.localLog().epoch, files: [] });
  });

  it('holds up no sidecar that is to stop', async () => {
    const server = await serverForTest();
    const stop = new AbortController();
    let asked = 0;
    const stuck: LocalLog = {
      ...server.localLog(),
      append: () => {
        asked += 1;
        return new Promise(() => {});
      },
    };
    const { delivery } = linkTo(server, () => stuck, stop.signal);
    const sent = send(delivery, [note('a')]);
    await until('it was asked', () => asked > 0);
    stop.abort();
    await expect(sent).rejects.toMatchObject({ code: 'server_unreachable' });
  }, 15_000);
});
