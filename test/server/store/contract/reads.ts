import { beforeEach, describe, expect, it } from 'vitest';
import { isFullPage, type ReadQuery, type Store } from '../../../../src/server/store/store.ts';
import type { StoreHarness } from '../contract.ts';
import { anEventEntry, aUnitEntry, idsOf } from './entries.ts';

/** What reads promise: pages, filters, search, columns, ids, snapshots. */
export function readContract({ fresh }: StoreHarness): void {
  describe('read', () => {
    let store: Store;
    /** The seqs of the five events, in order: a log may leave gaps between seqs. */
    let seqs: number[] = [];
    const ids = async (query: Omit<ReadQuery, 'limit'> & { limit?: number }) =>
      idsOf(await store.read({ limit: 100, ...query }));

    beforeEach(async () => {
      store = await fresh();
      await store.append([
        anEventEntry({ id: 'a1', adwId: 'aaaaaaaa', role: 'planner', text: 'Reading the Übersicht file' }),
        anEventEntry({ id: 'b1', adwId: 'bbbbbbbb', role: 'planner', text: 'reading another file' }),
        anEventEntry({ id: 'a2', adwId: 'aaaaaaaa', type: 'text_block', role: 'tester', text: 'tests pass; 12 files' }),
        anEventEntry({ id: 'a3', adwId: 'aaaaaaaa', type: 'tool_use_pre', role: 'planner', text: 'src/main.ts' }),
        anEventEntry({
          id: 'a4',
          adwId: 'aaaaaaaa',
          type: 'text_block',
          text: 'a file, again: "quoted" AND (more) file*',
        }),
      ]);
      seqs = (await store.read({ limit: 10 })).map(event => event.seq);
    });

    it('pages forward after a seq, exclusively, without a gap or a repeat', async () => {
      expect(await ids({ limit: 2 })).toEqual(['a1', 'b1']);
      expect(await ids({ after: seqs[1]!, limit: 2 })).toEqual(['a2', 'a3']);
      expect(await ids({ after: seqs[3]!, limit: 2 })).toEqual(['a4']);
      expect(await ids({ after: seqs[4]! })).toEqual([]);
    });

    it('pages backward before a seq, exclusively', async () => {
      expect(await ids({ order: 'desc', limit: 2 })).toEqual(['a4', 'a3']);
      expect(await ids({ order: 'desc', before: seqs[3]!, limit: 2 })).toEqual(['a2', 'b1']);
      expect(await ids({ after: seqs[0]!, before: seqs[3]! })).toEqual(['b1', 'a2']);
    });

    it('ends a page with the event that makes it too large, and says by that that there may be more', async () => {
      const [first, second] = await store.read({ limit: 2 });
      const two = (first?.dataJson.length ?? 0) + (second?.dataJson.length ?? 0);
      const page = (query: Partial<ReadQuery>) => ids({ charsMax: two, ...query });
      expect(await page({})).toEqual(['a1', 'b1']);
      expect(await page({ charsMax: two - 1 })).toEqual(['a1', 'b1']);
      expect(await page({ charsMax: 1 })).toEqual(['a1']);
      expect(await page({ charsMax: 1, order: 'desc', adwId: 'aaaaaaaa' })).toEqual(['a4']);
      expect(await page({ charsMax: 1, after: seqs[1]!, types: ['text_block'] })).toEqual(['a2']);
      expect(await page({ charsMax: 1, q: 'file' })).toEqual(['a1']);
      expect(await page({ charsMax: 10 * two })).toEqual(['a1', 'b1', 'a2', 'a3', 'a4']);
      const all = await store.read({ limit: 5 });
      expect(isFullPage(all, { limit: 6, charsMax: 10 * two })).toBe(false);
      expect(isFullPage(all, { limit: 5 })).toBe(true);
      expect(isFullPage(all, { limit: 6, charsMax: two })).toBe(true);
    });

    it('filters by ADW, types and role together', async () => {
      expect(await ids({ adwId: 'aaaaaaaa' })).toEqual(['a1', 'a2', 'a3', 'a4']);
      expect(await ids({ types: ['text_block', 'tool_use_pre'] })).toEqual(['a2', 'a3', 'a4']);
      expect(await ids({ adwId: 'aaaaaaaa', role: 'planner' })).toEqual(['a1', 'a3']);
      expect(await ids({ adwId: 'aaaaaaaa', role: 'planner', types: ['tool_use_pre'], order: 'desc' })).toEqual(['a3']);
      expect(await ids({ adwId: 'cccccccc' })).toEqual([]);
      expect(await ids({ role: 'nobody' })).toEqual([]);
      expect(await ids({ types: ['spec_created'] })).toEqual([]);
      expect(await ids({ types: [] })).toEqual([]);
    });

    it('finds events that hold all words, in any case and order', async () => {
      expect(await ids({ q: 'FILE reading' })).toEqual(['a1', 'b1']);
      expect(await ids({ q: 'file', adwId: 'aaaaaaaa' })).toEqual(['a1', 'a4']);
      expect(await ids({ q: 'file', adwId: 'aaaaaaaa', order: 'desc', limit: 1 })).toEqual(['a4']);
      expect(await ids({ q: 'übersicht' })).toEqual(['a1']);
      expect(await ids({ q: 'src/main.ts' })).toEqual(['a3']);
      expect(await ids({ q: 'file', after: seqs[0]!, before: seqs[4]! })).toEqual(['b1']);
      expect(await ids({ q: 'file', types: ['text_block'] })).toEqual(['a4']);
      expect(await ids({ q: 'nowhere' })).toEqual([]);
      expect(await ids({ q: 'file', adwId: 'cccccccc' })).toEqual([]);
    });

    it('finds what a person is still typing by the beginning of its last word, of two characters or more', async () => {
      const typed = (q: string) => ids({ q, asTyped: true });
      expect(await ids({ q: 'reading fi' })).toEqual([]);
      expect(await typed('reading fi')).toEqual(['a1', 'b1']);
      expect(await typed('Übers')).toEqual(['a1']);
      expect(await typed('read file')).toEqual([]);
      expect(await typed('fi ')).toEqual([]);
      expect(await typed('f')).toEqual([]);
      expect(await ids({ q: 'fil', asTyped: true, adwId: 'aaaaaaaa', order: 'desc' })).toEqual(['a4', 'a2', 'a1']);
    });

    it('takes whatever a person types as words, never as an expression', async () => {
      for (const q of ['"quoted"', 'AND (more)', 'file*', "o'clock", 'a:b', '-', '""', '\u0000', 'NEAR(', '^x', '*']) {
        await expect(ids({ q }), q).resolves.toBeInstanceOf(Array);
        await expect(ids({ q, asTyped: true }), q).resolves.toBeInstanceOf(Array);
      }
      expect(await ids({ q: '"quoted" (more)' })).toEqual(['a4']);
    });

    it('does not look for words in raw chunks', async () => {
      await store.append([aUnitEntry({ offset: 0, end: 9 })]);
      expect(await ids({ q: 'raw_output' })).toEqual([]);
    });
  });

  describe('index', () => {
    it('answers the columns of a whole ADW in seq order', async () => {
      const store = await fresh();
      await store.append([
        anEventEntry({ id: '1', timeMs: 1_000, role: 'planner' }),
        anEventEntry({ id: '2', adwId: 'bbbbbbbb' }),
        anEventEntry({ id: '3', type: 'tool_use_post', timeMs: 2_000, durationMs: 12.5, status: 'error' }),
        anEventEntry({ id: '4', type: 'tool_use_post', timeMs: 1_500, durationMs: 0, status: 'ok', role: 'tester' }),
      ]);
      const seqs = (await store.read({ adwId: '1a2b3c4d', limit: 10 })).map(event => event.seq);
      expect(seqs).toHaveLength(3);
      expect(await store.index('1a2b3c4d')).toEqual({
        seq: seqs,
        t: [1_000, 2_000, 1_500],
        type: ['agent_log', 'tool_use_post', 'tool_use_post'],
        role: ['planner', null, 'tester'],
        duration: [null, 12.5, 0],
        status: ['', 'error', 'ok'],
      });
    });

    it('answers empty columns for an unknown ADW', async () => {
      const store = await fresh();
      expect(await store.index('cccccccc')).toEqual({ seq: [], t: [], type: [], role: [], duration: [], status: [] });
    });
  });

  describe('ids and snapshots', () => {
    it('lists ADWs, oldest first', async () => {
      const store = await fresh();
      for (const adwId of ['bbbbbbbb', 'aaaaaaaa', 'bbbbbbbb']) {
        await store.append([anEventEntry({ id: `${adwId}-${store.lastSeq}`, adwId })]);
      }
      expect(await store.adwIds()).toEqual(['bbbbbbbb', 'aaaaaaaa']);
    });

    it('keeps the newest snapshot of each ADW, also over a restart', async () => {
      const store = await fresh();
      const snapshot = { adwId: 'aaaaaaaa', seq: 1, version: 1, stateJson: '{"old":true}' };
      await store.saveSnapshot(snapshot);
      await store.saveSnapshot({ ...snapshot, seq: 7, stateJson: '{"new":"ü"}' });
      await store.saveSnapshot({ ...snapshot, adwId: 'bbbbbbbb' });
      const kept = (await store.snapshots()).sort((left, right) => left.adwId.localeCompare(right.adwId));
      expect(kept).toEqual([
        { ...snapshot, seq: 7, stateJson: '{"new":"ü"}' },
        { ...snapshot, adwId: 'bbbbbbbb' },
      ]);
    });
  });
}
