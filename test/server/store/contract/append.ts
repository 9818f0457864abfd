import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../../../src/server/store/store.ts';
import type { StoreHarness } from '../contract.ts';
import { anEvent, anEventEntry, aUnitEntry, idsOf } from './entries.ts';

/** What `append` and `tail` promise: order, atomicity, no event twice. */
export function appendContract({ fresh }: StoreHarness): void {
  describe('append', () => {
    it('begins empty', async () => {
      const store = await fresh();
      expect(store.lastSeq).toBe(0);
      expect(store.firstSeq).toBe(0);
      expect(await store.adwIds()).toEqual([]);
      expect(await store.read({ limit: 10 })).toEqual([]);
    });

    it('answers an empty call without moving the log', async () => {
      const store = await fresh();
      expect(await store.append([])).toEqual({ outcomes: [], lastSeq: 0, positions: [] });
    });

    it('gives strictly increasing seqs in the order of the entries', async () => {
      const store = await fresh();
      const first = await store.append([anEventEntry({ id: 'a' }), aUnitEntry({ offset: 0, end: 10, typed: 2 })]);
      const second = await store.append([anEventEntry({ id: 'b' })]);
      const events = await store.read({ limit: 10 });
      expect(idsOf(events)).toEqual([
        'a',
        'sdlc_planner/raw_output.jsonl:f1:0-10',
        'sdlc_planner/raw_output.jsonl:f1:0-10/0',
        'sdlc_planner/raw_output.jsonl:f1:0-10/1',
        'b',
      ]);
      const seqs = events.map(event => event.seq);
      expect(seqs).toEqual([...new Set(seqs)].sort((left, right) => left - right));
      expect(first.lastSeq).toBe(seqs[3]);
      expect(second.lastSeq).toBe(seqs[4]);
      expect(store.lastSeq).toBe(seqs[4]);
    });

    it('keeps type, ADW and data exactly', async () => {
      const store = await fresh();
      const event = anEvent({ id: 'x', adwId: 'ffff0000', type: 'tool_use_post', data: { output: '\u0000 "ü" 🙂\n' } });
      await store.append([{ kind: 'event', event }]);
      const [stored] = await store.read({ limit: 1 });
      expect(stored).toEqual({
        seq: store.lastSeq,
        type: 'tool_use_post',
        adwId: 'ffff0000',
        dataJson: event.dataJson,
      });
    });

    it('counts an event whose id the ADW already has as a duplicate, in the same call and in a later one', async () => {
      const store = await fresh();
      const again = anEventEntry({ id: 'a', text: 'other words' });
      const one = await store.append([anEventEntry({ id: 'a' }), again]);
      const two = await store.append([again, anEventEntry({ id: 'b' })]);
      expect(one.outcomes).toEqual(['accepted', 'duplicate']);
      expect(two.outcomes).toEqual(['duplicate', 'accepted']);
      expect(idsOf(await store.read({ limit: 10 }))).toEqual(['a', 'b']);
    });

    it('looks for an event outside units among such events alone: one of a unit may have had its id', async () => {
      const store = await fresh();
      await store.append([aUnitEntry({ offset: 0, end: 10 }), anEventEntry({ id: 'outside' })]);
      const idOfChunk = 'sdlc_planner/raw_output.jsonl:f1:0-10';
      const again = [anEventEntry({ id: idOfChunk }), anEventEntry({ id: 'outside' })];
      expect((await store.append(again)).outcomes).toEqual(['accepted', 'duplicate']);
      expect((await store.append(again)).outcomes).toEqual(['duplicate', 'duplicate']);
      expect(idsOf(await store.read({ limit: 10 }))).toEqual([idOfChunk, 'outside', idOfChunk]);
    });

    it('takes a unit whose ids events outside units have had', async () => {
      const store = await fresh();
      await store.append([anEventEntry({ id: 'sdlc_planner/raw_output.jsonl:f1:0-10' })]);
      expect((await store.append([aUnitEntry({ offset: 0, end: 10 })])).outcomes).toEqual(['accepted']);
    });

    it('takes the same event id under another ADW', async () => {
      const store = await fresh();
      const { outcomes } = await store.append([
        anEventEntry({ id: 'a', adwId: 'aaaaaaaa' }),
        anEventEntry({ id: 'a', adwId: 'bbbbbbbb' }),
      ]);
      expect(outcomes).toEqual(['accepted', 'accepted']);
    });

    it('answers lastSeq also when everything was a duplicate', async () => {
      const store = await fresh();
      const { lastSeq } = await store.append([anEventEntry({ id: 'a' })]);
      expect(await store.append([anEventEntry({ id: 'a' })])).toMatchObject({ outcomes: ['duplicate'], lastSeq });
    });

    it('loses and repeats nothing among many calls at once', async () => {
      const store = await fresh();
      const calls = Array.from({ length: 50 }, (_, call) =>
        store.append(Array.from({ length: 20 }, (__, index) => anEventEntry({ id: `${call % 25}-${index}` }))),
      );
      const results = await Promise.all(calls);
      const outcomes = results.flatMap(result => result.outcomes);
      expect(outcomes.filter(outcome => outcome === 'accepted')).toHaveLength(500);
      expect(outcomes.filter(outcome => outcome === 'duplicate')).toHaveLength(500);
      const ids = idsOf(await store.read({ limit: 1_000 }));
      expect(new Set(ids).size).toBe(500);
      expect(ids).toHaveLength(500);
    });

    it('finds one event by its id', async () => {
      const store = await fresh();
      await store.append([anEventEntry({ id: 'a' }), aUnitEntry({ offset: 0, end: 5, typed: 1 })]);
      const typed = 'sdlc_planner/raw_output.jsonl:f1:0-5/0';
      expect((await store.readById('1a2b3c4d', 'a'))?.type).toBe('agent_log');
      expect((await store.readById('1a2b3c4d', typed))?.type).toBe('text_block');
      expect(await store.readById('1a2b3c4d', 'nothing')).toBeUndefined();
      expect(await store.readById('eeeeeeee', 'a')).toBeUndefined();
    });
  });

  describe('tail', () => {
    it('hands over committed events in order, without duplicates, from the next commit on', async () => {
      const store = await fresh();
      await store.append([anEventEntry({ id: 'before' })]);
      const before = store.lastSeq;
      const seen: StoredEvent[] = [];
      const stop = store.tail(events => seen.push(...events));
      await Promise.all([
        store.append([anEventEntry({ id: 'a' }), anEventEntry({ id: 'before' })]),
        store.append([aUnitEntry({ offset: 0, end: 5, typed: 1 })]),
      ]);
      expect(seen).toEqual(await store.read({ after: before, limit: 10 }));
      expect(seen).toHaveLength(3);
      stop();
      await store.append([anEventEntry({ id: 'after' })]);
      expect(seen).toHaveLength(3);
    });

    it('shows what it hands over to readers already', async () => {
      const store = await fresh();
      const reads: Promise<StoredEvent[]>[] = [];
      store.tail(events => {
        expect(store.lastSeq).toBeGreaterThanOrEqual(events.at(-1)?.seq ?? Number.POSITIVE_INFINITY);
        reads.push(store.read({ after: events[0]!.seq - 1, limit: events.length }));
      });
      await store.append([anEventEntry({ id: 'a' }), anEventEntry({ id: 'b' })]);
      const found = await Promise.all(reads);
      expect(idsOf(found.flat())).toEqual(['a', 'b']);
    });

    it('goes on when a listener throws', async () => {
      const store = await fresh();
      const seen: string[] = [];
      store.tail(() => {
        throw new Error('a broken listener');
      });
      store.tail(events => seen.push(...idsOf(events)));
      await store.append([anEventEntry({ id: 'a' })]);
      await store.append([anEventEntry({ id: 'b' })]);
      expect(seen).toEqual(['a', 'b']);
    });
  });
}
