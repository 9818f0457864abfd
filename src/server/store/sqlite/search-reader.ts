import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventData } from '../../../event/schema.ts';
import { searchTextOf } from '../../../event/search-text.ts';
import type { EventType } from '../../../event/types.ts';
import { matcherOf, wordParts } from '../../../event/words.ts';
import type { Connection, SqlValue, Statement } from './connection.ts';
import type { Names } from './names.ts';
import { adwWord, GROUP_SEQS, groupOf } from './search-groups.ts';

/** Groups of the index whose events one step reads. Bounds how long a step of a search blocks the process. */
const STEP_GROUPS = 16;
/** Groups that the index is asked for at once: it goes through the words' lists from their beginning each time. */
const INDEX_GROUPS = 512;
/** Groups that a bounded search reads: 65,536 events, half a second. */
const SEARCH_GROUPS_MAX = 4_096;
/** The same for events that wait to be indexed, many of which SQL can leave out. */
const STEP_GROUPS_WAITING = 128;

/** A row of the log. */
export interface EventRow {
  readonly seq: number;
  readonly type: number;
  readonly adw: number;
  readonly data: string;
}

/** What is looked for, in the numbers of the database. */
export interface SearchQuery {
  /** All of them have to occur; at least one. */
  readonly words: readonly string[];
  /** Exclusive. */
  readonly after: number;
  /** Exclusive. */
  readonly before: number;
  readonly descending: boolean;
  readonly limit: number;
  /** Characters of data with which the hits end, though never before the first. */
  readonly charsMax: number;
  readonly adw: number | undefined;
  /** Further conditions on events `e`, and their values. */
  readonly where: readonly string[];
  readonly values: readonly SqlValue[];
  readonly signal: AbortSignal | undefined;
  /** Bounds the search; see {@link ReadQuery}. */
  readonly onCut: ((seq: number) => void) | undefined;
}

/** What {@link openSearchReader} takes. */
export interface SearchReaderParts {
  readonly connection: Connection;
  readonly names: Names;
  /** The seq up to which events are in the index. */
  readonly indexedTo: () => number;
  readonly prepare: (sql: string) => Statement;
}

/**
 * Opens the search. The index names groups that hold all words, not all of them in one event; and the newest events are not
 * in it yet. So the events themselves decide, and no hit is missing or too many.
 */
export function openSearchReader(parts: SearchReaderParts): (query: SearchQuery) => Promise<EventRow[]> {
  const { connection, indexedTo } = parts;
  const hitsOf = openHits(parts);
  const groups = (order: 'ASC' | 'DESC') =>
    connection.prepare(
      `SELECT rowid AS g FROM search WHERE rowid >= ? AND rowid <= ? AND search MATCH ? ORDER BY rowid ${order} LIMIT ?`,
    );
  const [ascending, descending] = [groups('ASC'), groups('DESC')];

  /** The next groups to search, from one end of what is left, and the group up to which that is all. */
  const nextGroups = (query: SearchQuery): { readonly found: number[]; readonly to: number } => {
    const [first, last] = [groupOf(query.after + 1), groupOf(query.before - 1)];
    // Asked at each step: in between, events may have moved into the index.
    const firstWaiting = groupOf(indexedTo() + 1);
    const begin = query.descending ? last : first;
    if (begin >= firstWaiting) {
      const to = query.descending
        ? Math.max(first, firstWaiting, begin - STEP_GROUPS_WAITING + 1)
        : Math.min(last, begin + STEP_GROUPS_WAITING - 1);
      return { found: groupsBetween(begin, to), to };
    }
    const end = query.descending ? first : Math.min(last, firstWaiting - 1);
    const expression = allOf(query.adw === undefined ? query.words : [adwWord(query.adw), ...query.words]);
    const statement = query.descending ? descending : ascending;
    const rows = statement.all(Math.min(begin, end), Math.max(begin, end), expression, INDEX_GROUPS) as { g: number }[];
    const found = rows.map(({ g }) => g);
    return { found, to: found.length < INDEX_GROUPS ? end : (found.at(-1) as number) };
  };

  return async query => {
    const hits: EventRow[] = [];
    let { after, before } = query;
    let chars = 0;
    let searched = 0;
    const isOver = () =>
      hits.length >= query.limit || chars >= query.charsMax || before - after <= 1 || query.signal?.aborted === true;
    const matches = matcherOf(query.words);
    const search = (groups: readonly number[]) => {
      searched += groups.length;
      for (const hit of hitsOf(groups, { ...query, after, before }, matches)) {
        if (isOver()) return;
        hits.push(hit);
        chars += hit.data.length;
      }
    };
    const passed = (group: number) => {
      if (query.descending) before = group * GROUP_SEQS;
      else after = (group + 1) * GROUP_SEQS - 1;
    };
    while (!isOver()) {
      const { found, to } = nextGroups({ ...query, after, before });
      for (let at = 0; at < found.length && !isOver(); at += STEP_GROUPS) {
        const groups = found.slice(at, at + STEP_GROUPS);
        search(groups);
        if (isOver()) break;
        passed(groups.at(-1) as number);
        if (query.onCut && searched >= SEARCH_GROUPS_MAX && !isOver()) {
          query.onCut(query.descending ? before : after);
          return hits;
        }
        await nextTurn();
      }
      if (isOver()) break;
      passed(to);
      if (found.length === 0) await nextTurn();
    }
    return hits;
  };
}

/** Opens the reading of some groups' events: those that hold all words, in the order of the query. */
function openHits({ names, prepare }: SearchReaderParts) {
  return (groups: readonly number[], query: SearchQuery, matches: (text: string) => boolean): EventRow[] => {
    const { words, after, before, where, values } = query;
    const rows = prepare(candidatesSql(where)).all(
      JSON.stringify(groups),
      after,
      before,
      JSON.stringify(words.map(word => wordParts(word).plain)),
      ...values,
    ) as EventRow[];
    const hits = rows.filter(({ type, data }) =>
      matches(searchTextOf(names.of(type) as EventType, JSON.parse(data) as EventData)),
    );
    hits.sort((a, b) => (query.descending ? b.seq - a.seq : a.seq - b.seq));
    return hits;
  };
}

/**
 * One bound each for the seqs: of two, SQLite may go by those of the whole query, and read all of its events for each group.
 *
 * An event that is all ASCII and has no escapes holds its words as they are in lower case, so SQL leaves out most of those
 * that do not match.
 */
function candidatesSql(where: readonly string[]): string {
  return `SELECT e.seq, e.type, e.adw, e.data
    FROM json_each(?) g CROSS JOIN events e
      ON e.seq > max(?, g.value * ${GROUP_SEQS} - 1) AND e.seq < min(?, (g.value + 1) * ${GROUP_SEQS})
    WHERE ${[MAY_HOLD_WORDS, ...where].join(' AND ')}`;
}

const MAY_HOLD_WORDS = `(octet_length(e.data) > length(e.data) OR instr(e.data, '\\u') > 0
  OR NOT EXISTS (SELECT 1 FROM json_each(?) WHERE instr(lower(e.data), value) = 0))`;

/** Both and all in between, in the direction from the first to the last. */
function groupsBetween(first: number, last: number): number[] {
  const step = last < first ? -1 : 1;
  return Array.from({ length: Math.abs(last - first) + 1 }, (_, index) => first + step * index);
}

/** The FTS5 expression that demands all of `words`. */
function allOf(words: readonly string[]): string {
  return words
    .map(wordParts)
    .map(({ plain, begins }) => `"${plain}"${begins ? '*' : ''}`)
    .join(' AND ');
}
