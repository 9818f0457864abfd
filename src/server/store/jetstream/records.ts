import type { KV, Kvm } from '@nats-io/kv';
import { sleep } from '../../../base/clock.ts';
import type { KeptRecord, RecordStore } from '../store.ts';
import { isConflict } from './failure.ts';
import { withIdleTimeout } from './idle-timeout.ts';
import { REQUEST_TIMEOUT_MS } from './options.ts';
import { idOfToken, tokenOf } from './subject.ts';

/** How often a record that is not as expected is read again: the replica that answers may not have the newest yet. */
const REPLACE_TRIES = 3;
const REPLACE_RETRY_MS = 200;

/** Opens the bucket of records beside a log, and makes it when an older version made that log. */
export function openRecords(kv: Kvm, { stream, replicas }: { stream: string; replicas: number }): Promise<KV> {
  return kv.create(`${stream}-records`, { replicas });
}

/** The records in their bucket. */
export function recordsIn(bucket: KV): RecordStore {
  return {
    async put(kind, key, value) {
      await bucket.put(`${kind}.${tokenOf(key)}`, JSON.stringify(value));
    },
    async replace(kind, key, was, value) {
      for (let tries = 0; tries < REPLACE_TRIES; tries += 1) {
        if (tries > 0) await sleep(REPLACE_RETRY_MS);
        const entry = await bucket.get(`${kind}.${tokenOf(key)}`);
        if (entry?.operation !== 'PUT' || entry.string() !== JSON.stringify(was)) continue;
        try {
          await bucket.update(entry.key, JSON.stringify(value), entry.revision);
          return true;
        } catch (error) {
          if (!isConflict(error)) throw error;
        }
      }
      return false;
    },
    async get(kind, key) {
      const entry = await bucket.get(`${kind}.${tokenOf(key)}`);
      return entry?.operation === 'PUT' ? entry.json() : undefined;
    },
    async all(kind) {
      const found: KeptRecord[] = [];
      const entries = await bucket.history({ key: `${kind}.*` });
      for await (const entry of withIdleTimeout(entries, REQUEST_TIMEOUT_MS)) {
        if (entry.operation !== 'PUT') continue;
        found.push({ key: idOfToken(entry.key.slice(kind.length + 1)), value: entry.json() });
      }
      return found.sort((a, b) => (a.key < b.key ? -1 : 1));
    },
    async remove(kind, key) {
      await bucket.purge(`${kind}.${tokenOf(key)}`);
    },
  };
}
