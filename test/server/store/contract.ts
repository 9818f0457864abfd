import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe } from 'vitest';
import type { Store } from '../../../src/server/store/store.ts';
import { appendContract } from './contract/append.ts';
import { artifactContract } from './contract/artifacts.ts';
import { durabilityContract } from './contract/durability.ts';
import { leaseContract } from './contract/leases.ts';
import { positionContract } from './contract/positions.ts';
import { readContract } from './contract/reads.ts';
import { recordContract } from './contract/records.ts';
import { retentionContract } from './contract/retention.ts';

/** Opens the store of `place`, a fresh directory of the test; the same place again is the same log again. */
export type OpenStore = (place: string) => Promise<Store>;

/** What each group of the suite is given. */
export interface StoreHarness {
  /** A store of a place of its own; closed and removed after the test. */
  fresh(): Promise<Store>;
  /** A place without a store yet, for tests that open it themselves. */
  place(): Promise<string>;
  /** Opens the store of a place; closed after the test unless the test closed it. */
  open(place: string): Promise<Store>;
  /** Module whose `openStore` a process of its own can call. */
  readonly module: URL;
}

/**
 * The promises of `store.ts`, run on any implementation.
 * @param module a module that exports the same `openStore`, for processes that are killed; it may also export
 *   `removeStore(place)`, called after each test
 */
export function storeContract(name: string, openStore: OpenStore, module: URL): void {
  const opened = new Map<Store, string>();
  const places: string[] = [];

  const place = async (): Promise<string> => {
    const made = await mkdtemp(join(tmpdir(), 'adw-store-'));
    places.push(made);
    return made;
  };
  const open = async (where: string): Promise<Store> => {
    const store = await openStore(where);
    opened.set(store, where);
    return store;
  };
  const harness: StoreHarness = { module, place, open, fresh: async () => open(await place()) };

  describe(`${name} store`, () => {
    afterEach(async () => {
      for (const store of opened.keys()) await store.close();
      opened.clear();
      const { removeStore } = (await import(module.href)) as { removeStore?: (place: string) => Promise<void> };
      for (const made of places.splice(0)) {
        await removeStore?.(made);
        await rm(made, { recursive: true, force: true });
      }
    });
    appendContract(harness);
    recordContract(harness);
    leaseContract(harness);
    positionContract(harness);
    readContract(harness);
    artifactContract(harness);
    retentionContract(harness);
    durabilityContract(harness);
  });
}
