import { describe, expect, it } from 'vitest';
import type { StoreHarness } from '../contract.ts';

/** What the logins of browsers promise. */
export function loginContract({ place, open }: StoreHarness): void {
  describe('logins', () => {
    it('are kept over a restart, until they are removed', async () => {
      const where = await place();
      const login = { digest: 'ab'.repeat(32), access: 'read', credential: 'c', expiresAt: 9_000_000_000_000 } as const;
      const store = await open(where);
      await store.logins.save(login);
      await store.close();
      const again = await open(where);
      expect(await again.logins.find(login.digest)).toEqual(login);
      expect(await again.logins.find('cd'.repeat(32))).toBeUndefined();
      await again.logins.remove(login.digest);
      expect(await again.logins.find(login.digest)).toBeUndefined();
    });
  });
}
