import { describe, expect, it } from 'vitest';
import type { StoreHarness } from '../contract.ts';
import { appendUntilKilled } from './appender.ts';
import { anEventEntry, aUnitEntry, idsOf } from './entries.ts';

/** What is promised over restarts and kills. */
export function durabilityContract({ place, open, module }: StoreHarness): void {
  describe('durability', () => {
    it('finds its log, positions and epoch again', async () => {
      const where = await place();
      const store = await open(where);
      await store.append([anEventEntry({ id: 'a' }), aUnitEntry({ offset: 0, end: 10, typed: 1 })]);
      const { epoch, lastSeq } = store;
      const events = await store.read({ limit: 10 });
      await store.close();
      const again = await open(where);
      expect(again.epoch).toBe(epoch);
      expect(again.lastSeq).toBe(lastSeq);
      expect(await again.read({ limit: 10 })).toEqual(events);
      expect(await again.positions('1a2b3c4d')).toMatchObject([{ next: 10 }]);
      const { outcomes } = await again.append([anEventEntry({ id: 'a' }), aUnitEntry({ offset: 0, end: 10 })]);
      expect(outcomes).toEqual(['duplicate', 'duplicate']);
    });

    it('gives every log an epoch of its own', async () => {
      const [one, two] = [await open(await place()), await open(await place())];
      expect(one.epoch).not.toBe(two.epoch);
      expect(one.epoch).toMatch(/^[\w-]{8,64}$/);
    });

    it('finishes what it was given before it closes, and closes twice without harm', async () => {
      const where = await place();
      const store = await open(where);
      const appends = Array.from({ length: 20 }, (_, index) => store.append([anEventEntry({ id: `${index}` })]));
      await store.close();
      await store.close();
      expect((await Promise.allSettled(appends)).every(({ status }) => status === 'fulfilled')).toBe(true);
      expect(await (await open(where)).read({ limit: 100 })).toHaveLength(20);
    });

    it('refuses appends once it is closed', async () => {
      const store = await open(await place());
      await store.close();
      await expect(store.append([anEventEntry({ id: 'a' })])).rejects.toMatchObject({ code: 'store_unavailable' });
    });

    it('is healthy and says how large it is', async () => {
      const store = await open(await place());
      await store.append([anEventEntry({ id: 'a' })]);
      // On a busy machine the append may have taken so long that the disk counts as slow until the next probe.
      await expect.poll(() => store.health()).toMatchObject({ status: 'ok', pending: 0 });
      expect(store.health().bytes).toBeGreaterThan(0);
    });

    it('holds everything that a process acknowledged before kill -9, each event once and in order', async () => {
      const killedAfter = async (acknowledged: number) => {
        const where = await place();
        const ids = await appendUntilKilled({ module, place: where, acknowledged });
        expect(ids.length).toBeGreaterThanOrEqual(acknowledged);
        const store = await open(where);
        const found = idsOf(await store.read({ limit: 100_000 }));
        expect(found.slice(0, ids.length)).toEqual(ids);
        expect(new Set(found).size).toBe(found.length);
        const [position] = await store.positions('1a2b3c4d');
        expect(position?.next).toBe(found.filter(id => id.endsWith('/0')).length * 10);
        await store.close();
      };
      await Promise.all([1, 40, 200].map(killedAfter));
    });
  });
}
