/**
 * A commit is one message of the stream and may hold many events; JetStream numbers messages, readers want a number per
 * event. So a seq is the message's number with the event's index in it behind: every node computes the same one without
 * asking, and the message of a seq is found by a division. Seqs have gaps; nothing promises that they have none.
 */

/** Events that one commit can hold. Leaves 2^37 commits below 2^53: at 100 a second, 43 years. */
export const EVENTS_PER_COMMIT_MAX = 2 ** 16;

/** The seq of event `index` in commit `commit` (the message's number in the stream, from 1). */
export function seqOf(commit: number, index: number): number {
  return commit * EVENTS_PER_COMMIT_MAX + index;
}

/** The commit that holds the event with this seq. */
export function commitOfSeq(seq: number): number {
  return Math.floor(seq / EVENTS_PER_COMMIT_MAX);
}

/** The event's index in its commit. */
export function indexOfSeq(seq: number): number {
  return seq % EVENTS_PER_COMMIT_MAX;
}
