import type { Connection } from './connection.ts';
import { adwWord } from './search-indexer.ts';
import { allOf } from './search-words.ts';

/** What of the queue is looked at: seqs after `from` and before `to`. */
export interface WaitingRange {
  readonly from: number;
  readonly to: number;
}

/** What is looked for: all of `words`, as FTS5 sees them, in one ADW or in all. */
export interface WaitingWanted {
  readonly words: readonly string[];
  readonly adw: number | undefined;
}

/** The texts that wait to be indexed: a search looks through them, rather than waiting until they are. */
export interface WaitingTexts {
  /** The oldest seq whose text waits; infinite when none does. Texts of older seqs are all in the index. */
  first(): number;
  /** Runs `read` while the table `temp.waiting` is an index of the texts in `range` that may be wanted. */
  during<Result>(range: WaitingRange, wanted: WaitingWanted, read: () => Result): Result;
}

/**
 * Opens the view of the queue. A text that cannot hold the words is left out by a plain look at it, which costs a
 * hundredth of indexing; what may hold them goes into an index in memory, so that FTS5 alone decides what is a word.
 *
 * The plain look is exact for ASCII, whose words are what they look like in lower case. A text with anything else is always
 * looked at by FTS5, which folds accents in its own way.
 */
export function openWaitingTexts(connection: Connection): WaitingTexts {
  connection.exec("CREATE VIRTUAL TABLE temp.waiting USING fts5 (text, content='', detail=none)");
  const oldest = connection.prepare('SELECT min(seq) AS seq FROM search_queue');
  // Every text begins with the word of its ADW and a space: all ASCII but for the mark, which is three bytes.
  const gather = connection.prepare(`
    INSERT INTO temp.waiting (rowid, text) SELECT seq, text FROM search_queue
    WHERE seq > ?1 AND seq < ?2 AND substr(text, 1, length(?3)) = ?3
      AND (octet_length(text) > length(text) + 2
        OR NOT EXISTS (SELECT 1 FROM json_each(?4) WHERE instr(lower(text), value) = 0))
    ORDER BY seq`);
  const clear = connection.prepare("INSERT INTO temp.waiting (waiting) VALUES ('delete-all')");
  return {
    first: () => (oldest.get() as { seq: number | null }).seq ?? Number.POSITIVE_INFINITY,
    during({ from, to }, { words, adw }, read) {
      gather.run(from, to, adw === undefined ? '' : `${adwWord(adw)} `, JSON.stringify(words));
      try {
        return read();
      } finally {
        clear.run();
      }
    },
  };
}

/** The FTS5 expression for what is wanted; the word of the ADW keeps others out of the index's way. */
export function expressionOf({ words, adw }: WaitingWanted): string {
  return allOf(adw === undefined ? words : [adwWord(adw), ...words]);
}
