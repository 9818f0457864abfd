import { messageOf } from '../../../base/errors.ts';
import type { Logger } from '../../../base/log.ts';
import type { EventData } from '../../../event/schema.ts';
import { searchTextOf } from '../../../event/search-text.ts';
import type { EventType } from '../../../event/types.ts';
import { foldWords } from '../../../event/words.ts';
import { type Connection, relaxedTransaction } from './connection.ts';
import type { Names } from './names.ts';
import { adwWord, completeTo, groupOf } from './search-groups.ts';

/** Seqs that one step makes searchable. Bounds how long a step blocks the process: about 5 ms. */
const STEP_SEQS_MAX = 1_000;
/** Texts that may wait. Beyond it appends pay for indexing at once, so that a search never reads more of them. */
const BACKLOG_TEXTS_MAX = 10_000;
/** Characters of texts that may wait, for they wait in memory. */
const BACKLOG_CHARS_MAX = 4_000_000;
/** ms until texts are indexed while events come in. */
const BUSY_DELAY_MS = 100;
/** ms between steps when nothing comes in. */
const IDLE_DELAY_MS = 5;

/**
 * Full-text indexing costs as much as storing the event, so it stays out of the commit: texts wait in memory, and go into
 * the index when there is time. The log remembers up to where that was done; what comes after it when a store is opened
 * (a crash forgot what waited) is made anew from the events.
 */
export interface SearchIndexer {
  /** The events up to this seq are in the index. Those after it wait; the newest group does so until it is complete. */
  readonly indexedTo: number;
  /** Takes a text, inside the transaction that stores its event. */
  enqueue(seq: number, text: { readonly adw: number; readonly text: string }): void;
  /** To be called after each commit: plans the next step, or makes it now when too much waits. */
  committed(lastSeq: number): void;
  /** Forgets texts whose events were rolled back: those after `seq`. */
  rollBack(seq: number): void;
  stop(): void;
}

interface WaitingText {
  readonly seq: number;
  readonly adw: number;
  readonly text: string;
}

/** What {@link openSearchIndexer} takes. */
export interface SearchIndexerParts {
  readonly connection: Connection;
  readonly names: Names;
  /** The newest seq of the log when it was opened. */
  readonly lastSeq: number;
  readonly log: Logger;
}

/** Opens the indexer, and goes on where the one before stopped or was killed. */
export function openSearchIndexer(parts: SearchIndexerParts): SearchIndexer {
  const { connection, lastSeq: openedAt, log } = parts;
  const pastTexts = openPastTexts(parts);
  const put = connection.prepare('INSERT INTO search (rowid, text) VALUES (?, ?)');
  const remember = connection.prepare('UPDATE log SET indexed_to = ?');
  let { indexedTo } = connection.prepare('SELECT indexed_to AS indexedTo FROM log').get() as { indexedTo: number };
  let newest = openedAt;
  /** Texts before `head` are in the index. They are cut off now and then, not at every step. */
  let waiting: WaitingText[] = [];
  let head = 0;
  let chars = 0;
  let timer: NodeJS.Timeout | undefined;
  let nudgedAt = 0;

  /** Answers whether it came further: texts of commits that are not published yet, and of the newest group, cannot go in. */
  const step = (): boolean => {
    const to = completeTo(Math.min(newest, indexedTo + STEP_SEQS_MAX));
    if (to <= indexedTo) return false;
    let end = head;
    while (end < waiting.length && (waiting[end] as WaitingText).seq <= to) end += 1;
    const own = waiting.slice(head, end);
    const texts = [...pastTexts(indexedTo, Math.min(to, openedAt)), ...own];
    relaxedTransaction(connection, () => {
      for (const [group, text] of grouped(texts)) put.run(group, text);
      remember.run(to);
    });
    indexedTo = to;
    for (const { text } of own) chars -= text.length;
    head = end;
    if (head > waiting.length / 2) cut();
    return true;
  };

  const cut = () => {
    waiting = waiting.slice(head);
    head = 0;
  };
  const isTooMuch = () => waiting.length - head > BACKLOG_TEXTS_MAX || chars > BACKLOG_CHARS_MAX;
  const plan = () => {
    if (timer !== undefined || completeTo(newest) <= indexedTo) return;
    const busy = performance.now() - nudgedAt < BUSY_DELAY_MS;
    timer = setTimeout(work, busy ? BUSY_DELAY_MS : IDLE_DELAY_MS);
    timer.unref();
  };
  const work = () => {
    clearTimeout(timer);
    timer = undefined;
    try {
      while (step() && isTooMuch());
      plan();
    } catch (error) {
      // A full disk: the texts wait on, and the next commit that succeeds tries again.
      log.report('indexing_postponed', { error: messageOf(error) });
    }
  };

  plan();
  return {
    get indexedTo() {
      return indexedTo;
    },
    enqueue(seq, { adw, text }) {
      waiting.push({ seq, adw, text });
      chars += text.length;
    },
    committed(lastSeq) {
      newest = lastSeq;
      nudgedAt = performance.now();
      if (isTooMuch()) work();
      plan();
    },
    rollBack(seq) {
      cut();
      waiting = waiting.filter(text => text.seq <= seq);
      chars = waiting.reduce((sum, { text }) => sum + text.length, 0);
    },
    stop() {
      clearTimeout(timer);
    },
  };
}

/** The text of each group, with the words of the ADWs that are in it. */
function grouped(texts: readonly WaitingText[]): Map<number, string> {
  const groups = new Map<number, { readonly adws: Set<number>; readonly texts: string[] }>();
  for (const { seq, adw, text } of texts) {
    let group = groups.get(groupOf(seq));
    if (group === undefined) {
      group = { adws: new Set(), texts: [] };
      groups.set(groupOf(seq), group);
    }
    group.adws.add(adw);
    group.texts.push(text);
  }
  return new Map(
    [...groups].map(([group, { adws, texts: own }]) => [
      group,
      [...[...adws].map(adwWord), ...own.map(foldWords)].join('\n'),
    ]),
  );
}

/** Opens a function that makes the texts of the events after `from`, up to `to`, anew. */
function openPastTexts({ connection, names }: SearchIndexerParts): (from: number, to: number) => WaitingText[] {
  const events = connection.prepare('SELECT seq, adw, type, data FROM events WHERE seq > ? AND seq <= ? ORDER BY seq');
  return (from, to) => {
    if (to <= from) return [];
    const rows = events.all(from, to) as { seq: number; adw: number; type: number; data: string }[];
    return rows.flatMap(({ seq, adw, type, data }) => {
      const text = searchTextOf(names.of(type) as EventType, JSON.parse(data) as EventData);
      return text === '' ? [] : [{ seq, adw, text }];
    });
  };
}
