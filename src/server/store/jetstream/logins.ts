import type { KV, Kvm } from '@nats-io/kv';
import type { Login, LoginStore } from '../store.ts';

/** ms after which the broker forgets a login by itself: longer than one holds. */
const KEPT_MS = 31 * 24 * 3600 * 1000;

/** Opens the bucket of logins beside a log, and makes it when an older version made that log. */
export async function openLogins(kv: Kvm, { stream, replicas }: { stream: string; replicas: number }) {
  return loginsIn(await kv.create(`${stream}-logins`, { replicas, ttl: KEPT_MS }));
}

function loginsIn(bucket: KV): LoginStore {
  return {
    async save(login) {
      await bucket.put(login.digest, JSON.stringify(login));
    },
    async find(digest) {
      const entry = await bucket.get(digest);
      return entry?.operation === 'PUT' ? entry.json<Login>() : undefined;
    },
    async remove(digest) {
      await bucket.purge(digest);
    },
  };
}
