import { computed, effect, signal } from '@preact/signals';
import { messageOf } from '../../../src/base/errors.ts';
import { ROW_TYPES } from '../../../src/event/types.ts';
import { NONE } from '../data/row-table.ts';
import { source } from '../data/source.ts';
import { isBeingTyped, parseQuery, type Query } from '../run/query.ts';
import { session, view } from './store.ts';

/** What full text found, as ordinals of rows, each with that of the event it was found in first: a hit in a result counts for its call. */
export interface Found {
  readonly hits: ReadonlyMap<number, number> | undefined;
  readonly searching: boolean;
  /** Why the server could not search; empty when it could. */
  readonly error: string;
}

const PAGE_EVENTS = 1000;
const DEBOUNCE_MS = 120;
/** ms between two searches in what came since. */
const GROWTH_MS = 1000;

/** Types whose text the server indexes or that an expression is tried on. */
const parsed = computed(() => parseQuery(view.value.q));
let valid: Query = parseQuery('');

/** The query that is in force: while the reader types something that is not understood, the one before. */
export const query = computed<Query>(() => {
  const next = parsed.value;
  if (next.error === undefined) valid = next;
  return valid;
});

/** Why what was typed is not understood; empty when it is. */
export const queryError = computed(() => parsed.value.error ?? found.value.error);

export const found = signal<Found>({ hits: undefined, searching: false, error: '' });

const asTyped = computed(() => isBeingTyped(view.value.q));

const asked = computed(() =>
  [query.value.words, asTyped.value, query.value.regex ?? '', session.value?.adwId ?? ''].join('\0'),
);

/** Searches whenever the words change, and when all rows have come. */
export function keepSearching(): void {
  effect(() => {
    void asked.value;
    const current = session.value;
    void current?.complete.value;
    const { words, regex } = query.peek();
    if (!current || (words === '' && regex === undefined)) {
      found.value = { hits: undefined, searching: false, error: '' };
      return;
    }
    const abort = new AbortController();
    // What is shown until the answer comes was found before.
    found.value = { hits: found.peek().hits, searching: true, error: '' };
    const timer = setTimeout(() => void search(words, regex, abort.signal), DEBOUNCE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  });
}

/**
 * Pages through the server's answer, and then through what the log grows by; hits show up as they come. An expression is
 * tried here on every event's text.
 */
async function search(words: string, regex: RegExp | undefined, signal: AbortSignal): Promise<void> {
  const current = session.peek();
  if (!current) return;
  const hits = new Map<number, number>();
  const wanted = words ? { q: words, asTyped: asTyped.peek() } : { type: ROW_TYPES };
  try {
    for (let after = 0; !signal.aborted; ) {
      // What is newer has no ordinal yet.
      const upTo = current.table.peek().lastSeq;
      const before = hits.size;
      const page = await source().fetchEvents(
        current.adwId,
        { after, before: upTo + 1, limit: PAGE_EVENTS, ...wanted },
        signal,
      );
      const table = current.table.peek();
      for (const event of page.events) {
        if (event.type === 'agent_output_chunk') continue;
        if (regex && !regex.test(textOf(event.data))) continue;
        const at = table.ordinalOf(event.seq);
        if (at === NONE) continue;
        const row = table.isCall(at) || table.pairedWith[at] === NONE ? at : table.pairedWith[at]!;
        hits.set(row, Math.min(at, hits.get(row) ?? at));
      }
      after = page.more ? (page.next ?? page.events.at(-1)?.seq ?? upTo) : upTo;
      if (hits.size > before || found.peek().searching)
        found.value = { hits: new Map(hits), searching: page.more, error: '' };
      while (!page.more && !signal.aborted && current.table.peek().lastSeq <= after) await pause(GROWTH_MS);
    }
  } catch (error) {
    if (!signal.aborted) found.value = { hits, searching: false, error: `The search failed: ${messageOf(error)}` };
  }
}

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

/** The strings of a body, joined: what an expression is tried on. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(textOf).join('\n');
  if (typeof value === 'object' && value !== null) return Object.values(value).map(textOf).join('\n');
  return '';
}
