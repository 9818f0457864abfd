import type { KV, Kvm } from '@nats-io/kv';
import type { KeptRecord, RecordStore } from '../store.ts';
import { withIdleTimeout } from './idle-timeout.ts';
import { REQUEST_TIMEOUT_MS } from './options.ts';
import { idOfToken, tokenOf } from './subject.ts';

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
