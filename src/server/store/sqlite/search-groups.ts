/**
 * The full-text index holds a row for each group of {@link GROUP_SEQS} neighbouring seqs, not for each event: a row costs
 * more than its words, and words that neighbours share are kept once. A search asks the index for groups, and reads
 * their events to find those that hold all words.
 */

/** Seqs of a group. Twice as many would be a tenth cheaper to index, and twice as much to read for each hit. */
export const GROUP_SEQS = 16;

/** The group of a seq: the row of the index that holds its words. */
export function groupOf(seq: number): number {
  return Math.floor(seq / GROUP_SEQS);
}

/** The last seq of the newest group that is complete once the log reaches `seq`. */
export function completeTo(seq: number): number {
  return groupOf(seq + 1) * GROUP_SEQS - 1;
}

/** A private-use character that begins the word naming an event's ADW: no word of a text or a query holds it. */
const ADW_MARK = '\uE000';

/** The word that every row with an event of an ADW holds, so that a search in one ADW never reads those of others. */
export function adwWord(adw: number): string {
  return `${ADW_MARK}${adw.toString(36)}`;
}
