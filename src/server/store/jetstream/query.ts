import { AdwStreamError } from '../../../base/errors.ts';
import { eventFilter } from '../../../event/event-filter.ts';
import type { ReadQuery, StoredEvent } from '../store.ts';
import type { AdwIndex } from './adw-index.ts';
import type { Commit, EventMeta } from './commit.ts';
import { commitFilter } from './commit-filter.ts';
import type { IndexCache } from './index-cache.ts';
import type { Messages } from './messages.ts';
import type { Registry } from './registry.ts';
import { commitOfSeq, indexOfSeq, seqOf } from './seq.ts';
import type { Subjects } from './subject.ts';

/** Commits that a bounded search fetches. */
export const SEARCH_COMMITS_MAX = 4_096;
/** Commits fetched at once, where it is not known how many a page needs. */
const BLOCK = 64;

/** What {@link readEvents} reads from. */
export interface QuerySources {
  readonly messages: Pick<Messages, 'get' | 'scan' | 'counts'>;
  readonly indexes: Pick<IndexCache, 'open' | 'peek'>;
  readonly registry: Pick<Registry, 'get' | 'lastSeq' | 'firstSeq' | 'isStale'>;
  readonly subjects: Subjects;
  /** The newest message that was there before this node followed the log. */
  readonly since: number;
}

/** A page of events. Of one ADW, its columns say which commits to fetch; of all, the log is walked. */
export async function readEvents(query: ReadQuery, sources: QuerySources): Promise<StoredEvent[]> {
  const { registry, indexes } = sources;
  const known = query.adwId === undefined ? registry.lastSeq : (registry.get(query.adwId)?.lastSeq ?? 0);
  const range = { after: query.after ?? 0, before: Math.min(query.before ?? Number.POSITIVE_INFINITY, known + 1) };
  const wanted = eventFilter(query);
  if (query.limit <= 0 || wanted === undefined) return [];
  if (range.before - range.after <= 1) return [];
  const collect = collector(query, range, wanted);
  // Forward in an ADW whose index is not loaded, the log itself is quicker than loading it.
  if (query.adwId !== undefined && (query.order === 'desc' || query.q || indexes.peek(query.adwId) !== undefined)) {
    await fromIndex(await indexes.open(query.adwId), { query, range, sources, collect });
  } else if (query.order === 'desc') {
    await backward({ query, range, sources, collect });
  } else {
    await forward({ query, range, sources, collect }, commitOfSeq(known));
  }
  return collect.page;
}

interface Range {
  readonly after: number;
  readonly before: number;
}

interface Walk {
  readonly query: ReadQuery;
  readonly range: Range;
  readonly sources: QuerySources;
  readonly collect: Collector;
}

interface Collector {
  readonly page: StoredEvent[];
  /** Takes what a commit has for the page; answers whether the page is full. */
  take(commit: Commit): boolean;
}

function collector(
  { limit, charsMax = Number.POSITIVE_INFINITY, order }: ReadQuery,
  { after, before }: Range,
  wanted: (meta: EventMeta) => boolean,
) {
  const page: StoredEvent[] = [];
  let chars = 0;
  const take = ({ events, metas }: Commit): boolean => {
    const step = order === 'desc' ? -1 : 1;
    for (let at = step > 0 ? 0 : events.length - 1; at >= 0 && at < events.length; at += step) {
      const event = events[at]!;
      if (event.seq <= after || event.seq >= before || !wanted(metas[at]!)) continue;
      page.push(event);
      chars += event.dataJson.length;
      if (page.length >= limit || chars >= charsMax) return true;
    }
    return false;
  };
  return { page, take };
}

/** Fetches the commits that hold what type, role and range admit, in blocks until the page is full. */
async function fromIndex({ columns }: AdwIndex, { query, range, sources, collect }: Walk): Promise<void> {
  const admitted = query.types && new Set<string>(query.types);
  const numbers = new Set<number>();
  columns.seq.forEach((seq, at) => {
    if (seq <= range.after || seq >= range.before) return;
    if (admitted !== undefined && !admitted.has(columns.type[at]!)) return;
    if (query.role !== undefined && columns.role[at] !== query.role) return;
    numbers.add(commitOfSeq(seq));
  });
  const ordered = [...numbers];
  if (query.order === 'desc') ordered.reverse();
  // Every commit holds at least one wanted event, unless words are looked for.
  const block = query.q === undefined ? Math.min(BLOCK, query.limit) : BLOCK;
  for (let at = 0; at < ordered.length; at += block) {
    if (query.signal?.aborted) return;
    const asked = ordered.slice(at, at + block);
    const commits = await sources.messages.get(asked);
    // They are in the log unless retention just took them: a replica that is being rebuilt is no reason to leave them out.
    if (commits.length < asked.length && columns.seq.length > 0) {
      throw new AdwStreamError('store_unavailable', 'A replica of the log lags behind.');
    }
    for (const commit of commits) if (collect.take(commit)) return;
    if (query.q !== undefined && query.onCut && at + block >= SEARCH_COMMITS_MAX && at + block < ordered.length) {
      query.onCut(edgeOf(ordered[at + block - 1]!, columns.seq, query.order));
      return;
    }
  }
}

/** The seq of the last event of a commit, in the order of the query, among the seqs of its ADW. */
function edgeOf(commit: number, seqs: readonly number[], order: ReadQuery['order']): number {
  const own = seqs.filter(seq => commitOfSeq(seq) === commit);
  return (order === 'desc' ? own[0] : own.at(-1))!;
}

/** @param upTo the newest commit of what is walked, as this node knows it */
async function forward({ query, range, sources, collect }: Walk, upTo: number): Promise<void> {
  const { messages, subjects } = sources;
  const subject = query.adwId === undefined ? subjects.commits : subjects.commitsOf(query.adwId);
  const from = firstCommit(range.after);
  const counts = commitFilter(from, sources);
  for await (const commit of messages.scan({ subject, from, upTo })) {
    if (commitOfSeq(range.before - 1) < commit.number) return;
    if ((await counts(commit)) && collect.take(commit)) return;
  }
}

async function backward({ query, range, sources, collect }: Walk): Promise<void> {
  const { messages, registry } = sources;
  const oldest = Math.max(firstCommit(range.after), commitOfSeq(registry.firstSeq));
  const begin = commitOfSeq(range.before - 1);
  for (let newest = begin; newest >= oldest; newest -= BLOCK) {
    if (query.signal?.aborted) return;
    if (query.q !== undefined && query.onCut && begin - newest >= SEARCH_COMMITS_MAX) {
      query.onCut(seqOf(newest + 1, 0));
      return;
    }
    const length = Math.min(BLOCK, newest - oldest + 1);
    const from = newest - length + 1;
    const counts = commitFilter(from, sources);
    const found: Commit[] = [];
    for (const commit of await messages.get(Array.from({ length }, (_, index) => from + index))) {
      if (await counts(commit)) found.push(commit);
    }
    for (const commit of found.reverse()) if (collect.take(commit)) return;
  }
}

/** The commit in which the first event after `seq` may lie. */
function firstCommit(seq: number): number {
  return Math.max(1, commitOfSeq(seq));
}

/** One event by its seq. */
export async function eventAt(seq: number, messages: Messages): Promise<StoredEvent | undefined> {
  const [commit] = await messages.get([commitOfSeq(seq)]);
  return commit?.events[indexOfSeq(seq)];
}
