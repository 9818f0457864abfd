import { messageOf } from '../../../base/errors.ts';
import type { Logger } from '../../../base/log.ts';
import { type Connection, relaxedTransaction } from './connection.ts';

/** Texts that one step makes searchable. Bounds how long a step blocks the process: about 15 ms. */
export const STEP_TEXTS_MAX = 1_000;
/** Texts that may wait. Beyond it appends pay for indexing at once, so that a search never looks through more of them. */
export const BACKLOG_TEXTS_MAX = 50_000;
/** ms until texts are indexed while events come in. */
const BUSY_DELAY_MS = 100;
/** ms between steps when nothing comes in. */
const IDLE_DELAY_MS = 5;

/** A private-use character that begins the word naming an event's ADW; FTS5 takes it for part of a word. */
export const ADW_MARK = '\uE000';

/** The word that every text of an ADW holds, so that a search in one ADW never looks at others. */
export function adwWord(adw: number): string {
  return `${ADW_MARK}${adw.toString(36)}`;
}

/**
 * Full-text indexing costs three times as much as storing the event, so it stays out of the commit: the text goes into
 * a queue with its event, and from there into the index when there is time. A crash between the two finds the queue again.
 */
export interface SearchIndexer {
  /** Queues a text, inside the transaction that stores its event. */
  enqueue(seq: number, text: { readonly adw: number; readonly text: string }): void;
  /** To be called after each commit: plans the next step, or takes it now when too much waits. */
  nudge(): void;
  /** Counts again what waits, after a rollback. */
  reload(): void;
  stop(): void;
}

/** Opens the indexer; what a crash left in the queue is taken up with the first nudge. */
export function openSearchIndexer(connection: Connection, log: Logger): SearchIndexer {
  const enqueue = connection.prepare('INSERT INTO search_queue (seq, text) VALUES (?, ?)');
  const count = connection.prepare('SELECT count(*) AS texts FROM search_queue');
  const slice = connection.prepare(
    'SELECT max(seq) AS last, count(*) AS texts FROM (SELECT seq FROM search_queue ORDER BY seq LIMIT ?)',
  );
  const index = connection.prepare(
    'INSERT INTO search (rowid, text) SELECT seq, text FROM search_queue WHERE seq <= ? ORDER BY seq',
  );
  const done = connection.prepare('DELETE FROM search_queue WHERE seq <= ?');
  let backlog = 0;
  let timer: NodeJS.Timeout | undefined;
  let nudgedAt = 0;

  const reload = () => {
    backlog = (count.get() as { texts: number }).texts;
  };

  const step = (): void => {
    const { last, texts } = slice.get(STEP_TEXTS_MAX) as { last: number | null; texts: number };
    if (last === null) {
      backlog = 0;
      return;
    }
    relaxedTransaction(connection, () => {
      index.run(last);
      done.run(last);
    });
    backlog -= texts;
  };

  const plan = () => {
    if (timer !== undefined || backlog === 0) return;
    const busy = performance.now() - nudgedAt < BUSY_DELAY_MS;
    timer = setTimeout(work, busy ? BUSY_DELAY_MS : IDLE_DELAY_MS);
    timer.unref();
  };
  const work = () => {
    timer = undefined;
    try {
      do step();
      while (backlog > BACKLOG_TEXTS_MAX);
      plan();
    } catch (error) {
      // A full disk: the queue keeps the texts, and the next commit that succeeds nudges again.
      log.warn('full-text indexing is postponed', { reason: messageOf(error) });
    }
  };

  reload();
  return {
    reload,
    enqueue(seq, { adw, text }) {
      enqueue.run(seq, `${adwWord(adw)} ${text}`);
      backlog += 1;
    },
    nudge() {
      nudgedAt = performance.now();
      if (backlog > BACKLOG_TEXTS_MAX) work();
      plan();
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
