import { type Commit, cameTooLate } from './commit.ts';
import type { Messages } from './messages.ts';
import type { Registry } from './registry.ts';

/** What {@link succession} looks things up in. */
export interface SuccessionSources {
  readonly messages: Pick<Messages, 'counts'>;
  readonly registry: Pick<Registry, 'get' | 'isLate'>;
  /** The newest message that was there before this node followed the log. */
  readonly since: number;
}

/**
 * Tells which commits of a walk through the log count, and which came too late. What this node followed it knows; of older
 * ones it has to see what lies between a commit and the one that its sender knew: the walk shows that, or, for the first
 * of each ADW in it, one look at the stream.
 * @param from where the walk begins, a message's number; it must show all of an ADW from there on, in order
 */
export function succession(from: number, { messages, registry, since }: SuccessionSources) {
  const last = new Map<string, number>();
  return async (commit: Commit): Promise<boolean> => {
    const { number, adwId, head } = commit;
    const before = last.get(adwId);
    last.set(adwId, number);
    if (number > since) return !registry.isLate(number);
    if (before !== undefined) return !cameTooLate(head, before);
    // What its sender knew would have been in this walk: retention has purged it, so nothing can be in between.
    if (head.after >= from || registry.get(adwId)?.first === number) return true;
    return messages.counts(commit);
  };
}
