import type { NumberedRow } from '../../../src/adw/row-columns.ts';
import type { EventIndex } from '../../../src/client/reads.ts';
import { PAGE_EVENTS_MAX } from '../../../src/event/limits.ts';
import { source } from './api.ts';

/** Pages that are asked for ahead: the server makes the next ones while one is on its way and another is taken in. */
const PAGES_AHEAD = 4;

/** All events of an ADW as a list shows them: their columns at once, then a row for each. */
export interface Past {
  readonly index: Promise<EventIndex>;
  /** In seq order, page by page; to be gone through once. */
  readonly rows: AsyncIterable<Iterable<NumberedRow>>;
}

/** Asks for the past of an ADW, ahead of the reader that takes it. */
export function readPast(adwId: string, signal: AbortSignal): Past {
  const index = source().fetchIndex(adwId, signal);
  const pages = index.then(columns => askPages(adwId, columns, signal));
  // Failures are told to the reader that takes what failed.
  for (const asked of [index, pages]) asked.catch(() => {});
  return { index, rows: following(pages) };
}

async function* following(pages: ReturnType<typeof askPages> | Promise<ReturnType<typeof askPages>>) {
  yield* (await pages)();
}

/** Asks for the first pages at once; what it answers goes through all. */
function askPages(adwId: string, index: EventIndex, signal: AbortSignal) {
  const ends = endsOf(index);
  const asked: Promise<Iterable<NumberedRow>[]>[] = [];
  const ask = (page: number): void => {
    const end = ends[page];
    if (end === undefined) return;
    const reading = readBetween(adwId, { after: ends[page - 1] ?? 0, before: end + 1 }, signal);
    reading.catch(() => {});
    asked.push(reading);
  };
  for (let page = 0; page < PAGES_AHEAD; page++) ask(page);
  return async function* () {
    for (let page = 0; page < ends.length; page++) {
      const pages = await asked.shift()!;
      ask(page + PAGES_AHEAD);
      yield* pages;
    }
  };
}

/** The seqs with which pages end: the columns say where, so that no page has to wait for the one before. */
function endsOf({ seq, type }: EventIndex): number[] {
  const ends: number[] = [];
  let rows = 0;
  for (let at = 0; at < seq.length; at++) {
    if (type[at] !== 'agent_output_chunk') rows++;
    if (rows < PAGE_EVENTS_MAX && at < seq.length - 1) continue;
    ends.push(seq[at]!);
    rows = 0;
  }
  return ends;
}

/** Events that weigh much come as several pages. */
async function readBetween(
  adwId: string,
  between: { readonly after: number; readonly before: number },
  signal: AbortSignal,
): Promise<Iterable<NumberedRow>[]> {
  const pages: Iterable<NumberedRow>[] = [];
  for (let after: number | undefined = between.after; after !== undefined; ) {
    const { rows, next } = await source().fetchRows(adwId, { ...between, after }, signal);
    pages.push(rows);
    after = next;
  }
  return pages;
}
