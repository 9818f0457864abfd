import { statSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/base/log.ts';
import { openConnection } from '../../../../src/server/store/sqlite/connection.ts';
import { openSqliteStore } from '../../../../src/server/store/sqlite/index.ts';
import { GROUP_SEQS } from '../../../../src/server/store/sqlite/search-groups.ts';
import type { AppendEvent, ReadQuery, Store } from '../../../../src/server/store/store.ts';
import { anArtifact, anEventEntry, bytesOf, idsOf } from '../contract/entries.ts';
import { waitingTexts } from './waiting-texts.ts';

const DAY_MS = 86_400_000;

let dataDir: string;
let store: Store | undefined;
let now: number;

const open = async (databaseBytesMax?: number): Promise<Store> => {
  const limit = databaseBytesMax === undefined ? {} : { databaseBytesMax };
  store = await openSqliteStore({ dataDir, log: silentLogger, clock: { now: () => now }, ...limit });
  return store;
};

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'adw-sqlite-'));
  now = Date.UTC(2026, 0, 1);
});
afterEach(async () => {
  await store?.close();
  await rm(dataDir, { recursive: true, force: true });
});

it('acknowledges nothing once its data directory is not there any more, and goes on reading', async () => {
  const log = await open();
  await log.append([anEventEntry({ id: 'kept' })]);
  await rm(dataDir, { recursive: true });
  for (const id of ['lost', 'lost too']) {
    await expect(log.append([anEventEntry({ id })])).rejects.toMatchObject({ code: 'store_unavailable' });
  }
  expect(log.health()).toMatchObject({ status: 'degraded', reason: expect.stringContaining('restart') });
  expect(idsOf(await log.read({ limit: 10 }))).toEqual(['kept']);
});

describe('a full disk', () => {
  const large = (id: string, adwId = 'aaaaaaaa') => anEventEntry({ id, adwId, data: { payload: 'x'.repeat(100_000) } });
  const fillUp = async (log: Store): Promise<number> => {
    for (let count = 0; ; count += 1) {
      try {
        await log.append([large(`${count}`)]);
      } catch (error) {
        expect(error).toMatchObject({ code: 'storage_full' });
        return count;
      }
    }
  };

  it('refuses writes, says so, and goes on reading', async () => {
    const log = await open(2_000_000);
    const stored = await fillUp(log);
    expect(stored).toBeGreaterThan(5);
    expect(log.health()).toMatchObject({ status: 'degraded', reason: expect.not.stringContaining('/') });
    expect(await log.read({ limit: 1_000 })).toHaveLength(stored);
    expect(log.lastSeq).toBe(stored);
    await expect(log.append([large('again')])).rejects.toMatchObject({ code: 'storage_full' });
  });

  it('takes writes again by itself once there is room, without a gap in the seqs', async () => {
    const log = await open(2_000_000);
    const stored = await fillUp(log);
    await log.retain({ maxAgeMs: 0 }, new Set());
    const { outcomes, lastSeq } = await log.append([large('new', 'bbbbbbbb')]);
    expect([outcomes, lastSeq]).toEqual([['accepted'], stored + 1]);
  });

  it('says so itself, also when nobody writes', async () => {
    const log = await open(2_000_000);
    await fillUp(log);
    expect(log.health().status).toBe('degraded');
    await log.retain({ maxAgeMs: 0 }, new Set());
    await expect.poll(() => log.health().status).toBe('ok');
  });

  it('forgets nothing that it was told and could not keep: the same call works later', async () => {
    const log = await open(2_000_000);
    await fillUp(log);
    const call = [anEventEntry({ id: 'first', adwId: 'cccccccc', role: 'never-seen', text: 'word' }), large('second')];
    await expect(log.append(call)).rejects.toMatchObject({ code: 'storage_full' });
    await log.retain({ maxAgeMs: 0 }, new Set());
    expect((await log.append(call)).outcomes).toEqual(['accepted', 'accepted']);
    expect(idsOf(await log.read({ adwId: 'cccccccc', role: 'never-seen', q: 'word', limit: 10 }))).toEqual(['first']);
  });
});

describe('retention', () => {
  it('goes by when something was appended, not by when it happened', async () => {
    const log = await open();
    await log.append([anEventEntry({ id: 'old news', adwId: 'aaaaaaaa', timeMs: 0 })]);
    now += 6 * DAY_MS;
    expect(await log.retain({ maxAgeMs: 7 * DAY_MS }, new Set())).toBe(0);
    await log.append([anEventEntry({ id: 'b', adwId: 'bbbbbbbb' })]);
    now += 2 * DAY_MS;
    expect(await log.retain({ maxAgeMs: 7 * DAY_MS }, new Set())).toBe(1);
    expect(await log.adwIds()).toEqual(['bbbbbbbb']);
  });

  it('removes thousands of events and every file that no other ADW needs', async () => {
    const log = await open();
    const many = Array.from({ length: 5_000 }, (_, index) =>
      anEventEntry({ id: `${index}`, adwId: 'aaaaaaaa', text: 'word' }),
    );
    await log.append(many);
    await log.append([anEventEntry({ id: 'b', adwId: 'bbbbbbbb', text: 'word' })]);
    for (const adwId of ['aaaaaaaa', 'bbbbbbbb']) await log.putArtifact(anArtifact('shared', 'both', adwId));
    await log.putArtifact(anArtifact('own', 'one', 'aaaaaaaa'));
    const files = async () =>
      (await readdir(join(dataDir, 'artifacts'), { recursive: true })).filter(name => name.length > 60);
    expect(await files()).toHaveLength(2);
    expect(await log.retain({ maxBytes: 1_000 }, new Set(['bbbbbbbb']))).toBe(5_000);
    expect(await files()).toHaveLength(1);
    expect(idsOf(await log.read({ q: 'word', limit: 10 }))).toEqual(['b']);
  });
});

describe('the file of the log', () => {
  it('becomes smaller when retention took something out of it', async () => {
    const log = await open();
    const payload = 'x'.repeat(10_000);
    for (const adwId of ['aaaaaaaa', 'bbbbbbbb']) {
      const text = 'word '.repeat(100);
      await log.append(
        Array.from({ length: 500 }, (_, id) => anEventEntry({ id: `${id}`, adwId, text, data: { payload } })),
      );
    }
    const size = () => statSync(join(dataDir, 'log.db')).size;
    await log.retain({ maxBytes: 1 }, new Set(['aaaaaaaa', 'bbbbbbbb']));
    expect(await log.retain({ maxBytes: 1 }, new Set(['bbbbbbbb']))).toBe(500);
    const half = size();
    expect(half).toBeGreaterThan(500 * payload.length);
    expect(half).toBeLessThan(1.5 * 500 * payload.length);
    expect(await log.retain({ maxBytes: 1 }, new Set())).toBe(500);
    expect(size()).toBeLessThan(500 * 1_000);
  });
});

describe('full-text search', () => {
  it('finds what was stored just now, and what a crash left waiting to be indexed', async () => {
    const log = await open();
    await log.append([anEventEntry({ id: 'a', text: 'needle' })]);
    expect(idsOf(await log.read({ q: 'needle', limit: 10 }))).toEqual(['a']);
    await log.append([anEventEntry({ id: 'b', text: 'needle' })]);
    await log.close();
    expect(waitingTexts(dataDir)).toBeGreaterThan(0);
    expect(idsOf(await (await open()).read({ q: 'needle', limit: 10 }))).toEqual(['a', 'b']);
  });

  it('finds the same whether texts wait, are indexed, or some of each, from either end', async () => {
    const log = await open();
    const texts = Array.from({ length: 6_000 }, (_, index) =>
      [index % 3 === 0 ? 'needle' : 'needless', index % 5 === 0 ? 'Café' : 'tea', `n${index}`].join(' '),
    );
    const search = async (q: string, page: Partial<ReadQuery> = {}) =>
      (await log.read({ q, limit: 10_000, ...page })).map(({ seq }) => seq);
    const all = texts.map((_, index) => index + 1);
    const expectAll = async () => {
      expect(await search('NEEDLE')).toEqual(all.filter(seq => (seq - 1) % 3 === 0));
      expect(await search('needle cafe', { order: 'desc' })).toEqual(
        all.filter(seq => (seq - 1) % 15 === 0).toReversed(),
      );
      expect(await search('needle', { after: 1_500, before: 5_200, limit: 700, adwId: '1a2b3c4d' })).toEqual(
        all.filter(seq => (seq - 1) % 3 === 0 && seq > 1_500 && seq < 5_200).slice(0, 700),
      );
      expect(await search('needle', { types: ['agent_log'], role: 'builder', order: 'desc', limit: 5 })).toEqual(
        all
          .filter(seq => (seq - 1) % 3 === 0)
          .slice(-5)
          .toReversed(),
      );
      expect(await search('n4321')).toEqual([4_322]);
      expect(await search('needles')).toEqual([]);
      expect(await search('needle', { adwId: 'bbbbbbbb' })).toEqual([]);
    };
    await log.append(texts.map((text, index) => anEventEntry({ id: `${index}`, role: 'builder', text })));
    await expectAll();
    while (waitingTexts(dataDir) === texts.length) await new Promise(resolve => setImmediate(resolve));
    await expectAll();
    while (waitingTexts(dataDir) >= GROUP_SEQS) await new Promise(resolve => setImmediate(resolve));
    await expectAll();
  });

  it('finds events that hold all words, not neighbours that hold one each', async () => {
    const log = await open();
    const texts = ['red', 'apple', 'a red apple', 'red', 'apple'];
    const many = Array.from({ length: 20 }, () => texts).flat();
    await log.append(many.map((text, index) => anEventEntry({ id: `${index}`, text })));
    const expected = many.flatMap((text, index) => (text === 'a red apple' ? [index + 1] : []));
    const found = async () => (await log.read({ q: 'apple red', limit: 1_000 })).map(({ seq }) => seq);
    expect(await found()).toEqual(expected);
    while (waitingTexts(dataDir) >= GROUP_SEQS) await new Promise(resolve => setImmediate(resolve));
    expect(await found()).toEqual(expected);
    expect((await log.read({ q: 'apple red', order: 'desc', limit: 3 })).map(({ seq }) => seq)).toEqual([98, 93, 88]);
  });

  it('finds words that were written with escapes', async () => {
    const log = await open();
    const { event } = anEventEntry({ id: 'a', text: 'needle' }) as { event: AppendEvent };
    await log.append([
      { kind: 'event', event: { ...event, dataJson: event.dataJson.replace('needle', '\\u006eeedle') } },
    ]);
    expect(idsOf(await log.read({ q: 'needle', limit: 10 }))).toEqual(['a']);
  });

  it('makes its index anew for a log that an earlier version wrote', async () => {
    const log = await open();
    await log.append(
      Array.from({ length: 100 }, (_, index) => anEventEntry({ id: `${index}`, text: `needle n${index}` })),
    );
    await log.close();
    const connection = openConnection(join(dataDir, 'log.db'));
    connection.exec(`
      DROP TABLE search;
      CREATE VIRTUAL TABLE search USING fts5 (text, content='', contentless_delete=1, detail=none);
      INSERT INTO search (rowid, text) VALUES (1, 'needle n0');
      CREATE TABLE search_queue (seq INTEGER PRIMARY KEY, text TEXT NOT NULL);
      ALTER TABLE log DROP COLUMN indexed_to;
      DROP TABLE units;
      ALTER TABLE log DROP COLUMN headed;
      DROP TABLE records;
      PRAGMA user_version = 2;`);
    connection.close();
    const again = await open();
    const expectAll = async () => {
      expect(await again.read({ q: 'needle', limit: 1_000 })).toHaveLength(100);
      expect(idsOf(await again.read({ q: 'N42', limit: 10 }))).toEqual(['42']);
    };
    await expectAll();
    while (waitingTexts(dataDir) >= GROUP_SEQS) await new Promise(resolve => setImmediate(resolve));
    await expectAll();
  });

  it('ends when its reader has left, though two common words are in every group and in few events', async () => {
    const log = await open();
    const words = (at: number) => (at === 3_999 ? 'alpha beta' : at % 2 === 0 ? 'alpha' : 'beta');
    await log.append(Array.from({ length: 4_000 }, (_, at) => anEventEntry({ id: `${at}`, text: words(at) })));
    const query = { q: 'alpha beta', limit: 10 };
    expect(idsOf(await log.read(query))).toEqual(['3999']);
    const reader = new AbortController();
    const reading = log.read({ ...query, signal: reader.signal });
    reader.abort();
    expect(await reading).toEqual([]);
  });

  it('finds the newest of many that wait to be indexed, from the newest end', async () => {
    const log = await open();
    const text = (at: number) => (at % 500 === 499 ? 'alpha' : 'beta');
    await log.append(Array.from({ length: 2_000 }, (_, at) => anEventEntry({ id: `${at}`, text: text(at) })));
    const query = { q: 'alpha', adwId: '1a2b3c4d', limit: 10, order: 'desc' as const };
    expect(idsOf(await log.read(query))).toEqual(['1999', '1499', '999', '499']);
  });

  it('is cut where it has looked at very many events, and goes on behind that', async () => {
    const log = await open();
    const words = (at: number) => (at === 69_999 ? 'alpha beta' : at % 2 === 0 ? 'alpha' : 'beta');
    for (let at = 0; at < 70_000; at += 10_000) {
      await log.append(
        Array.from({ length: 10_000 }, (_, n) => anEventEntry({ id: `${at + n}`, text: words(at + n) })),
      );
    }
    const cuts: number[] = [];
    const query = { q: 'alpha beta', adwId: '1a2b3c4d', limit: 10, onCut: (seq: number) => void cuts.push(seq) };
    expect(await log.read(query)).toEqual([]);
    expect(cuts).toHaveLength(1);
    expect(idsOf(await log.read({ ...query, after: cuts[0]! }))).toEqual(['69999']);
    expect(cuts).toHaveLength(1);
    const backwards = await log.read({ ...query, order: 'desc' });
    expect([idsOf(backwards), cuts.length]).toEqual([['69999'], 2]);
    expect(await log.read({ ...query, order: 'desc', before: cuts[1]! })).toEqual([]);
    expect(cuts).toHaveLength(2);
  });

  it('finds words of any script, and never those of another ADW', async () => {
    const log = await open();
    const texts = ['Grüße aus Köln', 'привет мир', '你好 世界', 'हिन्दी भाषा', 'cafe\u0301 noir', 'snake_case.name'];
    await log.append(texts.map((text, index) => anEventEntry({ id: `${index}`, text })));
    await log.append([anEventEntry({ id: 'other', adwId: 'bbbbbbbb', text: texts.join(' ') })]);
    const found = async (q: string) => idsOf(await log.read({ q, adwId: '1a2b3c4d', limit: 10 }));
    for (const [index, text] of texts.entries()) expect(await found(text), text).toEqual([`${index}`]);
    expect(await found('café')).toEqual(['4']);
    expect(await found('\uE0001')).toEqual([]);
  });
});

describe('durable settings', () => {
  it('syncs every commit and writes ahead', async () => {
    await (await open()).close();
    const connection = openConnection(join(dataDir, 'log.db'));
    expect(connection.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' });
    connection.close();
  });
});

describe('an artifact whose file', () => {
  const { bytes, sha256, ...rest } = anArtifact('a.txt', 'a'.repeat(1_000));
  const put = (log: Store) => log.putArtifact({ bytes, sha256, ...rest });
  const fileOf = () => join(dataDir, 'artifacts', sha256.slice(0, 2), sha256);

  it('is gone is not there, and is stored again when it comes again', async () => {
    const log = await open();
    await put(log);
    await rm(fileOf());
    expect(await log.getArtifact('1a2b3c4d', 'a.txt')).toBeUndefined();
    expect(await put(log)).toBe('exists');
    expect(await bytesOf(log.getArtifact('1a2b3c4d', 'a.txt'))).toEqual(bytes);
  });

  it('was changed is not served, also when it was served before, and is stored again when it comes again', async () => {
    const log = await open();
    await put(log);
    expect(await bytesOf(log.getArtifact('1a2b3c4d', 'a.txt'))).toEqual(bytes);
    await writeFile(fileOf(), 'b'.repeat(1_000));
    for (const range of [undefined, { start: 5, end: 6 }]) {
      const found = await log.getArtifact('1a2b3c4d', 'a.txt');
      await expect(found?.read(range)).rejects.toMatchObject({ code: 'not_found' });
    }
    expect(await put(log)).toBe('exists');
    expect(await bytesOf(log.getArtifact('1a2b3c4d', 'a.txt'))).toEqual(bytes);
  });

  it('was left half by an upload that was cut off is removed at the next start', async () => {
    await (await open()).close();
    await writeFile(join(dataDir, 'artifacts', 'x.tmp'), 'half');
    await put(await open());
    expect((await readdir(join(dataDir, 'artifacts'))).filter(name => name.endsWith('.tmp'))).toEqual([]);
  });
});
