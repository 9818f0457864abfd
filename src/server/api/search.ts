import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { stripControl } from '../../adw/format.ts';
import { whenGone } from '../../base/when-gone.ts';
import { PAGE_CHARS_MAX } from '../../event/limits.ts';
import type { EventData } from '../../event/schema.ts';
import { searchTextOf } from '../../event/search-text.ts';
import { snippetOf } from '../../event/snippet.ts';
import { wordsOf } from '../../event/words.ts';
import { isFullPage, type ReadQuery, type Store, type StoredEvent } from '../store/store.ts';
import { eventsQuerySchema, parseQuery } from './query.ts';

/** Hits that one answer counts. Prevents a word in every event from reading all of them while a person types. */
export const SEARCH_HITS_MAX = 500;
/** Hits of a run that are shown; the others are counted. */
const SHOWN_HITS_MAX = 3;

/** The query of `GET /api/v1/search`. */
export const searchQuerySchema = eventsQuerySchema.pick({ before: true }).extend({
  q: z
    .string()
    .max(500)
    .describe('Words that all occur in the text of an event; the last may be the beginning of one.'),
});

/** Full text over all runs. */
export function searchRoute(app: FastifyInstance, { store }: { readonly store: Store }): void {
  app.get('/api/v1/search', async ({ query, raw }, reply) => {
    const { q, before } = parseQuery(searchQuerySchema, query);
    const gone = new AbortController();
    whenGone(reply.raw, raw.socket, () => gone.abort());
    let next: number | null = null;
    const read: ReadQuery = {
      q,
      asTyped: true,
      order: 'desc',
      limit: SEARCH_HITS_MAX,
      charsMax: PAGE_CHARS_MAX,
      signal: gone.signal,
      onCut: seq => {
        next = seq;
      },
      ...(before ? { before: Number(before) } : {}),
    };
    const found = await store.read(read);
    if (isFullPage(found, read)) next = found.at(-1)!.seq;
    return { epoch: store.epoch, next, runs: byRun(found, wordsOf(q, true)) };
  });
}

/** The hits by run, that with the newest first. */
function byRun(found: readonly StoredEvent[], words: readonly string[]) {
  const runs = new Map<string, StoredEvent[]>();
  for (const event of found) {
    const own = runs.get(event.adwId);
    if (own === undefined) runs.set(event.adwId, [event]);
    else own.push(event);
  }
  return [...runs].map(([adw_id, own]) => ({
    adw_id,
    hits: own.length,
    newest: own.slice(0, SHOWN_HITS_MAX).map(event => hitOf(event, words)),
  }));
}

function hitOf({ seq, type, dataJson }: StoredEvent, words: readonly string[]) {
  const data = JSON.parse(dataJson) as EventData;
  const text = stripControl(searchTextOf(type, data));
  const {
    event_id,
    timestamp,
    agent_role: role,
  } = data as { event_id?: unknown; timestamp?: unknown; agent_role?: unknown };
  return {
    seq,
    event_id: String(event_id),
    type,
    role: typeof role === 'string' ? role : null,
    at: typeof timestamp === 'string' ? timestamp : null,
    snippet: snippetOfEvent(text, typeof role === 'string' ? role : '', words),
  };
}

/** The role ends the text of every event, and is told beside it: it is shown where nothing else was found. */
function snippetOfEvent(text: string, role: string, words: readonly string[]): string[] {
  const own = role !== '' && text.endsWith(`\n${role}`) ? text.slice(0, -role.length - 1) : text;
  const snippet = snippetOf(own, words);
  return snippet.length > 1 ? snippet : snippetOf(text, words);
}
