import { randomUUID } from 'node:crypto';
import type { AppendEntry, AppendResult, ReadQuery, Store, StoredEvent } from '../../../../src/server/store/store.ts';

/** A log in memory that answers late and in several turns, as a disk does. */
export function memoryStore(): Store {
  const events: StoredEvent[] = [];
  const listeners = new Set<(events: readonly StoredEvent[]) => void>();
  const turn = () => new Promise<void>(resolve => setImmediate(resolve));
  const refuse = () => Promise.reject(new Error('not part of this'));
  return {
    kind: 'sqlite',
    epoch: randomUUID().slice(0, 8),
    get lastSeq() {
      return events.length;
    },
    firstSeq: 0,
    async append(entries: readonly AppendEntry[]): Promise<AppendResult> {
      await turn();
      const stored = entries.map((entry, index) => {
        if (entry.kind !== 'event') throw new Error('not part of this');
        const { type, adwId, dataJson } = entry.event;
        return { seq: events.length + index + 1, type, adwId, dataJson };
      });
      events.push(...stored);
      for (const listener of listeners) listener(stored);
      return { outcomes: entries.map(() => 'accepted'), lastSeq: events.length, positions: [] };
    },
    async read({ after = 0, before = Number.POSITIVE_INFINITY, limit, adwId, types }: ReadQuery) {
      await turn();
      const found: StoredEvent[] = [];
      for (let index = after; index < events.length && found.length < limit; index++) {
        const event = events[index] as StoredEvent;
        if (event.seq >= before) break;
        if ((adwId === undefined || event.adwId === adwId) && (types?.includes(event.type) ?? true)) found.push(event);
      }
      await turn();
      return found;
    },
    tail(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    readById: refuse,
    adwIds: refuse,
    positions: refuse,
    index: refuse,
    putArtifact: refuse,
    getArtifact: refuse,
    listArtifacts: refuse,
    saveSnapshot: refuse,
    snapshots: refuse,
    retain: refuse,
    health: () => ({ status: 'ok', bytes: 0, pending: 0 }),
    close: async () => {},
  };
}
