import { describe, expect, it } from 'vitest';
import type { Store } from '../../../../src/server/store/store.ts';
import type { StoreHarness } from '../contract.ts';
import { anArtifact, anEventEntry, aUnitEntry, bytesOf, idsOf } from './entries.ts';

/** What retention promises: whole ADWs, the longest silent first, never one that runs. */
export function retentionContract({ fresh, place, open }: StoreHarness): void {
  const hundredKilobytes = 'x'.repeat(100_000);
  const fill = async (store: Store, ...adwIds: string[]) => {
    for (const adwId of adwIds) {
      await store.append([anEventEntry({ id: 'e', adwId, text: 'word', data: { payload: hundredKilobytes } })]);
    }
  };

  describe('retention', () => {
    it('removes nothing without limits, or below them', async () => {
      const store = await fresh();
      await fill(store, 'aaaaaaaa', 'bbbbbbbb');
      expect(await store.retain({}, new Set())).toBe(0);
      expect(await store.retain({ maxAgeMs: 3_600_000, maxBytes: 1_000_000 }, new Set())).toBe(0);
      expect(await store.adwIds()).toEqual(['aaaaaaaa', 'bbbbbbbb']);
    });

    it('removes by age everything of ADWs that do not run', async () => {
      const store = await fresh();
      await fill(store, 'aaaaaaaa', 'bbbbbbbb');
      await store.putArtifact(anArtifact('a.txt', 'gone', 'aaaaaaaa'));
      await store.putArtifact(anArtifact('a.txt', 'stays', 'bbbbbbbb'));
      await store.saveSnapshot({ adwId: 'aaaaaaaa', seq: 1, version: 1, stateJson: '{}' });
      expect(await store.retain({ maxAgeMs: 0 }, new Set(['bbbbbbbb']))).toBe(1);
      expect(await store.adwIds()).toEqual(['bbbbbbbb']);
      expect(await store.read({ limit: 10, adwId: 'aaaaaaaa' })).toEqual([]);
      expect((await store.index('aaaaaaaa')).seq).toEqual([]);
      expect(await store.listArtifacts('aaaaaaaa')).toEqual([]);
      expect(await store.snapshots()).toEqual([]);
      expect((await store.read({ limit: 10, q: 'word' })).map(event => event.adwId)).toEqual(['bbbbbbbb']);
      expect((await bytesOf(store.getArtifact('bbbbbbbb', 'a.txt')))?.toString()).toBe('stays');
      expect(store.firstSeq).toBe((await store.read({ limit: 1 }))[0]!.seq - 1);
    });

    it('removes by size the longest silent first, as few as needed', async () => {
      const store = await fresh();
      await fill(store, 'aaaaaaaa', 'bbbbbbbb', 'cccccccc');
      await store.append([anEventEntry({ id: 'late', adwId: 'aaaaaaaa' })]);
      expect(await store.retain({ maxBytes: 250_000 }, new Set())).toBe(1);
      expect(await store.adwIds()).toEqual(['aaaaaaaa', 'cccccccc']);
    });

    it('never touches a running ADW, whatever its size', async () => {
      const store = await fresh();
      await fill(store, 'aaaaaaaa', 'bbbbbbbb');
      expect(await store.retain({ maxBytes: 1, maxAgeMs: 0 }, new Set(['aaaaaaaa', 'bbbbbbbb']))).toBe(0);
      expect(await store.read({ limit: 10 })).toHaveLength(2);
    });

    it('spares an ADW that goes on while others are removed', async () => {
      const store = await fresh();
      for (let round = 0; round < 3; round++) {
        await store.append(
          Array.from({ length: 2_000 }, (_, at) => anEventEntry({ id: `${round}-${at}`, adwId: 'aaaaaaaa' })),
        );
      }
      await store.append([anEventEntry({ id: 'before', adwId: 'bbbbbbbb' })]);
      await store.putArtifact(anArtifact('a.txt', 'before', 'cccccccc'));
      const meanwhile: Promise<unknown>[] = [];
      // Asked when it is chosen what goes.
      const running = new (class extends Set<string> {
        override has(): boolean {
          if (meanwhile.length > 0) return false;
          meanwhile.push(
            store.append([anEventEntry({ id: 'after', adwId: 'bbbbbbbb' })]),
            store.putArtifact(anArtifact('b.txt', 'after', 'cccccccc')),
          );
          return false;
        }
      })();
      expect(await store.retain({ maxAgeMs: 0 }, running)).toBe(6_000);
      await Promise.all(meanwhile);
      expect(idsOf(await store.read({ limit: 10 }))).toEqual(['before', 'after']);
      expect((await bytesOf(store.getArtifact('cccccccc', 'b.txt')))?.toString()).toBe('after');
    });

    it('keeps the positions of what it removed, so that a replay does not bring it back', async () => {
      const store = await fresh();
      await store.append([aUnitEntry({ offset: 0, end: 10 })]);
      await store.retain({ maxAgeMs: 0 }, new Set());
      expect((await store.append([aUnitEntry({ offset: 0, end: 10 })])).outcomes).toEqual(['duplicate']);
      expect((await store.positions('1a2b3c4d')).map(({ next }) => next)).toEqual([10]);
    });

    it('keeps the ids of events outside units that it removed, also over a second removal and a restart', async () => {
      const where = await place();
      const store = await open(where);
      const state = anEventEntry({ id: 'state-1' });
      await store.append([state]);
      await store.retain({ maxAgeMs: 0 }, new Set());
      expect((await store.append([state, anEventEntry({ id: 'state-2' })])).outcomes).toEqual([
        'duplicate',
        'accepted',
      ]);
      await store.retain({ maxAgeMs: 0 }, new Set());
      await store.close();
      const again = await open(where);
      const all = [state, anEventEntry({ id: 'state-2' }), anEventEntry({ id: 'state-3' })];
      expect((await again.append(all)).outcomes).toEqual(['duplicate', 'duplicate', 'accepted']);
      expect(idsOf(await again.read({ limit: 10 }))).toEqual(['state-3']);
    });

    it('keeps them also where they are more than fit into a message of a broker', async () => {
      const where = await place();
      const store = await open(where);
      const long = 'x'.repeat(900);
      const events = Array.from({ length: 2_500 }, (_, at) => anEventEntry({ id: `${long}-${at}` }));
      for (let at = 0; at < events.length; at += 500) await store.append(events.slice(at, at + 500));
      await store.retain({ maxAgeMs: 0 }, new Set());
      // What an earlier removal left is looked for again.
      await store.retain({ maxAgeMs: 0 }, new Set());
      await store.close();
      const again = await open(where);
      expect(new Set((await again.append(events.slice(0, 500))).outcomes)).toEqual(new Set(['duplicate']));
      expect(await again.read({ limit: 10 })).toEqual([]);
    });

    it('counts against the size to keep only what it keeps, not the ids that stay of what it removed', async () => {
      const store = await fresh();
      const long = 'x'.repeat(900);
      for (let round = 0; round < 6; round++) {
        const adwId = `aaaaaaa${round}`;
        await store.append(Array.from({ length: 300 }, (_, at) => anEventEntry({ id: `${long}-${at}`, adwId })));
        await store.retain({ maxBytes: 700_000 }, new Set());
        expect(await store.adwIds()).toContain(adwId);
      }
    });

    it('never gives a seq twice, also when the newest events went, also over a restart', async () => {
      const where = await place();
      const store = await open(where);
      await fill(store, 'aaaaaaaa', 'bbbbbbbb');
      const before = store.lastSeq;
      await store.retain({ maxAgeMs: 0 }, new Set());
      expect(store.lastSeq).toBe(before);
      expect(store.firstSeq).toBe(before);
      await store.close();
      const again = await open(where);
      expect(again.lastSeq).toBe(before);
      await again.append([anEventEntry({ id: 'new' })]);
      const [event] = await again.read({ limit: 10 });
      expect(event?.seq).toBeGreaterThan(before);
      expect(again.firstSeq).toBe((event?.seq ?? 0) - 1);
    });

    it('takes new events of an ADW that was removed', async () => {
      const store = await fresh();
      await fill(store, 'aaaaaaaa');
      await store.retain({ maxAgeMs: 0 }, new Set());
      await store.append([anEventEntry({ id: 'later', adwId: 'aaaaaaaa' })]);
      expect(idsOf(await store.read({ limit: 10 }))).toEqual(['later']);
      expect(await store.adwIds()).toEqual(['aaaaaaaa']);
    });
  });
}
