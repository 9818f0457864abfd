import { describe, expect, it } from 'vitest';
import type { StoreHarness } from '../contract.ts';

/** What leases promise to one server; what they promise to several is in `jetstream/leases.test.ts`. */
export function leaseContract({ fresh, place, open }: StoreHarness): void {
  describe('leases', () => {
    it('are given, renewed, and given again after they were given back', async () => {
      const { leases } = await fresh();
      expect([await leases.take('otlp'), await leases.take('otlp'), await leases.take('alarms')]).toEqual([
        true,
        true,
        true,
      ]);
      await leases.giveBack('otlp');
      await leases.giveBack('otlp');
      expect(await leases.take('otlp')).toBe(true);
    });

    it('are had at once after a restart that gave them back', async () => {
      const where = await place();
      const store = await open(where);
      await store.leases.take('otlp');
      await store.leases.giveBack('otlp');
      await store.close();
      expect(await (await open(where)).leases.take('otlp')).toBe(true);
    });
  });
}
