import type { JetStreamManager } from '@nats-io/jetstream';
import type { RetentionPolicy } from '../store.ts';
import type { Artifacts } from './artifacts.ts';
import type { IndexCache } from './index-cache.ts';
import type { Publisher } from './publish.ts';
import type { AdwExtent, Registry } from './registry.ts';
import type { Snapshots } from './snapshots.ts';
import type { Subjects } from './subject.ts';
import type { Writer } from './writer.ts';

/** What {@link removeOld} works on. */
export interface RetentionOptions {
  readonly jsm: JetStreamManager;
  readonly stream: string;
  readonly subjects: Subjects;
  readonly registry: Registry;
  readonly indexes: IndexCache;
  readonly writer: Writer;
  readonly publisher: Publisher;
  readonly artifacts: Artifacts;
  readonly snapshots: Snapshots;
  readonly appendTimeoutMs: number;
  readonly now: () => number;
}

/**
 * Removes whole ADWs, the longest silent first. JetStream's own limits would cut the head off an ADW that runs and
 * forget where its files stand, so they are not used: a last commit carries the positions and the ids of events outside
 * units on and tells all nodes, then the ADW's subject is purged up to it. A kill in between leaves bytes, never a wrong
 * answer; the next call purges them.
 * @returns how many events went
 */
export async function removeOld(policy: RetentionPolicy, running: ReadonlySet<string>, options: RetentionOptions) {
  await purgeLeftovers(options);
  let removed = 0;
  for (const extent of toRemove(policy, running, options)) removed += await removeOne(extent, options);
  return removed;
}

/**
 * Which ADWs have to go: those too old, then as few of the others as make the rest small enough. What stays of removed ones
 * does not count: no removal makes it smaller, and in the end there would be room for nothing else.
 */
function toRemove({ maxAgeMs, maxBytes }: RetentionPolicy, running: ReadonlySet<string>, options: RetentionOptions) {
  const { registry, now } = options;
  const kept = registry.kept();
  const silentFirst = kept
    .filter(({ adwId }) => !running.has(adwId))
    .sort((a, b) => a.storedAt - b.storedAt || a.head - b.head);
  let bytes = kept.reduce((sum, extent) => sum + extent.bytes, 0);
  const gone: AdwExtent[] = [];
  for (const extent of silentFirst) {
    const old = maxAgeMs !== undefined && now() - extent.storedAt >= maxAgeMs;
    if (!old && !(maxBytes !== undefined && bytes > maxBytes)) break;
    gone.push(extent);
    bytes -= extent.bytes;
  }
  return gone;
}

async function removeOne({ adwId, last }: AdwExtent, options: RetentionOptions): Promise<number> {
  const { writer, indexes, publisher, artifacts, snapshots, appendTimeoutMs, now } = options;
  return writer.exclusively(adwId, async () => {
    const index = await indexes.open(adwId);
    const events = index.columns.seq.length;
    // It went on while others were removed, or another node wrote to it or removed it: it is not, or no longer, to go.
    const end =
      events === 0 || index.last !== last ? 'conflict' : await publisher.publishRemoval(index, now() + appendTimeoutMs);
    if (end === 'conflict') return 0;
    await artifacts.remove(adwId);
    await snapshots.remove(adwId);
    await purge(adwId, index.removal, options);
    return events;
  });
}

/** Everything of an ADW before the first message of the commit that removed it, which carries its positions on. */
async function purge(adwId: string, from: number, { jsm, stream, subjects }: RetentionOptions): Promise<void> {
  if (from > 0) await jsm.streams.purge(stream, { filter: subjects.allOf(adwId), seq: from });
}

/** Purges removed ADWs of which more than the last commit is left. */
async function purgeLeftovers(options: RetentionOptions): Promise<void> {
  const { jsm, stream, subjects, registry } = options;
  const { state } = await jsm.streams.info(stream, { subjects_filter: subjects.commits });
  for (const [subject, messages] of Object.entries(state.subjects ?? {})) {
    const extent = registry.get(subjects.adwIdOf(subject));
    if (messages > 1 && extent?.events === 0) await purge(extent.adwId, extent.headFrom, options);
  }
}
