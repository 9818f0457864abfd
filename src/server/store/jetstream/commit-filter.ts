import { type Commit, isStale } from './commit.ts';
import type { Messages } from './messages.ts';
import type { Registry } from './registry.ts';

/** What {@link commitFilter} reads from. */
export interface CommitFilterSources {
  readonly messages: Pick<Messages, 'counts'>;
  readonly registry: Pick<Registry, 'get' | 'isStale'>;
  /** The newest message that was there before this node followed the log. */
  readonly since: number;
}

/**
 * A filter for reading the log in order: true for commits that count, false for stale ones. Those that this node has
 * followed are in its registry. For an older one the messages between it and the one that its sender knew decide: the
 * reading itself passes them, or, for the first commit of an ADW in it, the stream is asked once.
 * @param from where the reading begins, a message's number; it must pass every commit of an ADW from there on
 */
export function commitFilter(from: number, { messages, registry, since }: CommitFilterSources) {
  const last = new Map<string, number>();
  return async (commit: Commit): Promise<boolean> => {
    const { number, adwId, head } = commit;
    const before = last.get(adwId);
    last.set(adwId, number);
    if (number > since) return !registry.isStale(number);
    if (before !== undefined) return !isStale(head, before);
    // The reading would have passed what its sender knew: retention has purged it, so nothing can be in between.
    if (head.after >= from || registry.get(adwId)?.first === number) return true;
    return messages.counts(commit);
  };
}
