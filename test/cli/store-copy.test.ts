import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/log.ts';
import { type CopyProgress, copyStore } from '../../src/cli/store-copy.ts';
import { toBatch } from '../../src/server/ingest/units.ts';
import { openStore } from '../../src/server/store/open.ts';
import type { Store } from '../../src/server/store/store.ts';
import { anArtifact, bytesOf } from '../server/store/contract/entries.ts';
import { killNatsServerIn, natsServerIn } from '../server/store/jetstream/nats-server.ts';

const PATH = 'planner/raw_output.jsonl';
const ADWS = ['aaaaaaaa', 'bbbbbbbb'];

let home = '';
let opened: Store[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'adw-copy-'));
});
afterEach(async () => {
  for (const store of opened) await store.close();
  opened = [];
  await killNatsServerIn(home);
  await rm(home, { recursive: true, force: true });
});

const open = async (name: string): Promise<Store> => {
  const store = await openStore({ store: name, dataDir: join(home, `data-${opened.length}`), log: silentLogger });
  opened.push(store);
  return store;
};

/** A unit of one line with a typed event, as it comes over the wire. */
function aUnit(adwId: string, line: number): unknown[] {
  const source = { path: PATH, fingerprint: 'f1', offset: line * 10, length: 10, line: line + 1 };
  const common = { adw_id: adwId, timestamp: '2026-01-01T12:00:00.000Z', agent_role: 'planner', source };
  const chunk = { ...common, event_id: `c${line}`, content: `line ${line}`, lines: 1, tail_sha256: `t${line}` };
  const text = { ...common, event_id: `t${line}`, content: `said ${line}`, own: { kept: 'ü "x"' } };
  return [
    { type: 'agent_output_chunk', data: chunk },
    { type: 'text_block', data: text },
  ];
}

function aLog(adwId: string, number: number): unknown {
  const data = { adw_id: adwId, event_id: `l${number}`, workflow_name: 'w', message: `log ${number}`, level: 'INFO' };
  return { type: 'workflow_log', data: { ...data, timestamp: '2026-01-01T12:00:00.000Z' } };
}

/** Enough for several pages: each ADW has `lines` units, and logs in between. */
async function fill(store: Store, lines: number): Promise<void> {
  const append = (inputs: unknown[]) =>
    store.append(toBatch(inputs, { idFormat: 'strict', clock: systemClock }).entries);
  for (let from = 0; from < lines; from += 10) {
    const some = Array.from({ length: Math.min(10, lines - from) }, (_, n) => from + n);
    await append(some.flatMap(line => ADWS.flatMap(adwId => [...aUnit(adwId, line), aLog(adwId, line)])));
  }
  await store.putArtifact(anArtifact('spec.md', 'first', ADWS[0]));
  await store.putArtifact({ ...anArtifact('spec.md', 'second', ADWS[0]), storedAt: Date.UTC(2026, 5) });
}

/** What two logs have to have in common: everything but seqs. */
async function contentOf(store: Store) {
  const adws = [];
  for (const adwId of await store.adwIds()) {
    const events = await store.read({ adwId, limit: 100_000 });
    const { seq: _, ...columns } = await store.index(adwId);
    const artifacts = (await store.listArtifacts(adwId)).map(({ path, sha256 }) => `${path} ${sha256}`).sort();
    const spec = (await bytesOf(store.getArtifact(adwId, 'spec.md')))?.toString();
    const texts = events.map(({ type, dataJson }) => [type, dataJson]);
    adws.push({ adwId, texts, columns, positions: await store.positions(adwId), artifacts, spec });
  }
  return adws;
}

const copy = (from: Store, to: Store, stopAt = Number.POSITIVE_INFINITY) => {
  const stop = new AbortController();
  const onProgress = ({ events }: CopyProgress) => events >= stopAt && stop.abort();
  return copyStore({ from, to, onProgress, signal: stop.signal });
};

describe('a copy', () => {
  it('has the same events, columns, positions and artifacts', async () => {
    const [from, to] = [await open('sqlite'), await open('sqlite')];
    await fill(from, 300);
    expect(await copy(from, to)).toEqual({ events: 1_800, added: 1_800, artifacts: 2, share: 1 });
    expect(await contentOf(to)).toEqual(await contentOf(from));
  });

  it('has what is remembered beside the log', async () => {
    const [from, to] = [await open('sqlite'), await open('sqlite')];
    await from.records.put('card', 'aaaaaaaa', { stage: 'build' });
    await copyStore({ from, to, onProgress: () => {}, signal: new AbortController().signal });
    expect(await to.records.get('card', 'aaaaaaaa')).toEqual({ stage: 'build' });
  });

  it('goes on where it was stopped, and adds nothing when it is whole', async () => {
    const [from, to] = [await open('sqlite'), await open('sqlite')];
    await fill(from, 400);
    const first = await copy(from, to, 1);
    expect(first.events).toBeLessThan(2_400);
    expect(await copy(from, to)).toMatchObject({ events: 2_400, added: 2_400 - first.events });
    expect(await copy(from, to)).toMatchObject({ events: 2_400, added: 0, artifacts: 0 });
    expect(await contentOf(to)).toEqual(await contentOf(from));
  });

  it('brings along where files stand of which retention left nothing or only the end', async () => {
    const [from, to] = [await open('sqlite'), await open('sqlite')];
    await fill(from, 3);
    await from.retain({ maxAgeMs: 0 }, new Set(['bbbbbbbb']));
    await from.append(toBatch(aUnit('aaaaaaaa', 3), { idFormat: 'strict', clock: systemClock }).entries);
    await copy(from, to);
    expect(await to.positions('aaaaaaaa')).toMatchObject([{ next: 40 }]);
    expect(await to.read({ adwId: 'aaaaaaaa', limit: 10 })).toHaveLength(2);
  });

  it('goes from SQLite to JetStream and back', async () => {
    const from = await open('sqlite');
    await fill(from, 200);
    const { url } = await natsServerIn(home);
    const nats = await open(url);
    await copy(from, nats);
    expect(await contentOf(nats)).toEqual(await contentOf(from));
    const back = await open('sqlite');
    await copy(nats, back);
    expect(await contentOf(back)).toEqual(await contentOf(from));
  });
});
