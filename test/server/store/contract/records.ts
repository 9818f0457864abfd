import { describe, expect, it } from 'vitest';
import type { StoreHarness } from '../contract.ts';

/** What the records beside the log promise. */
export function recordContract({ fresh, place, open }: StoreHarness): void {
  describe('records', () => {
    it('are kept over a restart by kind and key, until they are removed', async () => {
      const where = await place();
      const store = await open(where);
      await store.records.put('login', 'a1', { access: 'read' });
      await store.records.put('card', 'a1', { stage: 'plan' });
      await store.records.put('card', 'a1', { stage: 'build', title: 'ü' });
      await store.records.put('card', 'with.dot_and-dash', {});
      await store.close();
      const { records } = await open(where);
      expect(await records.get('card', 'a1')).toEqual({ stage: 'build', title: 'ü' });
      expect(await records.get('login', 'a2')).toBeUndefined();
      expect(await records.all('card')).toEqual([
        { key: 'a1', value: { stage: 'build', title: 'ü' } },
        { key: 'with.dot_and-dash', value: {} },
      ]);
      await records.remove('card', 'a1');
      expect(await records.get('card', 'a1')).toBeUndefined();
      expect(await records.get('login', 'a1')).toEqual({ access: 'read' });
    });

    it('are replaced only where they are what the writer takes them for', async () => {
      const { records } = await fresh();
      expect(await records.replace('card', 'a1', { at: 1 }, { at: 2 })).toBe(false);
      await records.put('card', 'a1', { at: 1 });
      expect(await records.replace('card', 'a1', { at: 1 }, { at: 2 })).toBe(true);
      expect(await records.replace('card', 'a1', { at: 1 }, { at: 3 })).toBe(false);
      expect(await records.get('card', 'a1')).toEqual({ at: 2 });
      await records.remove('card', 'a1');
      expect(await records.replace('card', 'a1', { at: 2 }, { at: 3 })).toBe(false);
      expect(await records.all('card')).toEqual([]);
    });
  });
}
