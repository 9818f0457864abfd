import { randomUUID } from 'node:crypto';
import type { KV, KvEntry } from '@nats-io/kv';
import { type Clock, sleep, steadyClock } from '../../../base/clock.ts';
import { LEASE_MS, type LeaseName, type LeaseStore } from '../store.ts';
import { isConflict } from './failure.ts';

/** ms without a renewal after which a lease is taken from its server: more than it lasts, as clocks are not all as fast. */
const TAKEN_OVER_MS = LEASE_MS * 1.25;
/**
 * ms between claiming a lease and renewing it for the first time, which alone makes it this server's. The leader of a
 * cluster compares revisions before it replicates, so of two claims within a moment it may store both; then the renewal of
 * the first one is refused.
 */
const CLAIM_MS = 500;

/** What {@link leasesIn} takes beside its bucket. Tests set them. */
export interface LeaseTimes {
  readonly clock?: Clock;
  readonly takenOverMs?: number;
}

interface Seen {
  readonly revision: number;
  /** When this server first saw it, by its own clock: no server reads another's. */
  readonly at: number;
}

/**
 * Leases as entries of the bucket of records. The holder renews its entry by the revision that it knows; a server that
 * sees one revision for longer than a lease lasts takes it over, by that revision too, so that only one of several does.
 */
export function leasesIn(
  bucket: KV,
  { clock = steadyClock, takenOverMs = TAKEN_OVER_MS }: LeaseTimes = {},
): LeaseStore {
  const me = randomUUID();
  const held = new Map<LeaseName, number>();
  const seen = new Map<LeaseName, Seen>();
  const keyOf = (name: LeaseName) => `lease.${name}`;
  const write = async (name: LeaseName, holder: string, revision: number): Promise<number | undefined> => {
    try {
      return await bucket.update(keyOf(name), JSON.stringify({ holder }), revision);
    } catch (error) {
      if (isConflict(error)) return undefined;
      throw error;
    }
  };
  /** The entry; an unheld one where there was none. Two servers may both make it: they part at the next step. */
  const read = async (name: LeaseName): Promise<KvEntry | null> => {
    const entry = await bucket.get(keyOf(name));
    if (entry?.operation === 'PUT') return entry;
    await bucket.put(keyOf(name), JSON.stringify({ holder: '' }));
    return bucket.get(keyOf(name));
  };
  /** Renews what this server has. An answer that was lost leaves a revision that this server wrote, and does not know. */
  const renew = async (name: LeaseName): Promise<boolean> => {
    const revision = held.get(name);
    if (revision === undefined) return false;
    held.delete(name);
    const next = await write(name, me, revision);
    if (next !== undefined) held.set(name, next);
    return next !== undefined;
  };
  const isFree = (name: LeaseName, { revision, holder }: { revision: number; holder: string }): boolean => {
    if (holder === '' || holder === me) return true;
    const before = seen.get(name);
    if (before?.revision !== revision) seen.set(name, { revision, at: clock.now() });
    return before?.revision === revision && clock.now() - before.at > takenOverMs;
  };

  return {
    async take(name) {
      if (await renew(name)) return true;
      const entry = await read(name);
      if (entry === null) return false;
      const { holder } = entry.json<{ holder: string }>();
      if (!isFree(name, { revision: entry.revision, holder })) return false;
      const claimed = await write(name, me, entry.revision);
      if (claimed === undefined) return false;
      held.set(name, claimed);
      await sleep(CLAIM_MS);
      return renew(name);
    },
    async giveBack(name) {
      const revision = held.get(name);
      held.delete(name);
      if (revision !== undefined) await write(name, '', revision);
    },
  };
}
