import { useSignal, useSignalEffect } from '@preact/signals';
import { messageOf } from '../../../../src/base/errors.ts';
import { eventRowOf } from '../../../../src/event/types.ts';
import { day, plural, whole } from '../../base/text.ts';
import { source } from '../../data/source.ts';
import { DEFAULT_GROUPS } from '../../run/rows.ts';
import { type Contents, type HitOrder, moreContents, orderedHits, type RunHits } from '../../runs/contents.ts';
import { titleOf } from '../../runs/run-list.ts';
import type { Run } from '../../state/fleet.ts';
import { formatHash, HOME } from '../../state/route.ts';
import { go, now, view } from '../../state/store.ts';
import { Status } from '../parts/bits.tsx';
import { isUnauthorized, SessionEnded } from '../parts/session-ended.tsx';

/** ms of calm after a key before the server is asked. */
const DEBOUNCE_MS = 150;
const ORDERS: readonly (readonly [HitOrder, string])[] = [
  ['newest', 'Newest first'],
  ['most', 'Most hits first'],
];

/**
 * What the words of the search box are found in, in all of the given runs, as they are typed. A hit opens its run there.
 * @param props.isCutOff whether the list above says already that the server is away or the session over
 */
export function ContentsPanel({ runs, isCutOff }: { runs: readonly Run[]; isCutOff: boolean }) {
  const { found, error, isLoggedOut, isSearching, goOn } = useContents();
  const order = view.value.hits;
  const byId = new Map(runs.map(run => [run.adw_id, run]));
  const shown = orderedHits(found, order, adwId => byId.has(adwId));
  const hidden = found.runs.length - shown.length;
  const hits = shown.reduce((sum, run) => sum + run.hits, 0);
  return (
    <section class="contents" aria-label="Found in the contents of runs" aria-busy={isSearching}>
      {isLoggedOut && !isCutOff && <SessionEnded />}
      <div class="contents-head">
        <span role="status">
          {error || summaryOf({ hits, runs: shown.length, isSearching })}
          {hidden > 0 && ` · and in ${plural(hidden, 'run')} that the filters leave out`}
        </span>
        {found.next !== null && (
          <>
            <span class="muted">Older events were not looked at.</span>
            <button type="button" class="button" onClick={goOn} disabled={isSearching}>
              Go on
            </button>
          </>
        )}
        {shown.length > 1 && (
          <span class="periods" role="group" aria-label="Order">
            {ORDERS.map(([one, name]) => (
              <button
                key={one}
                type="button"
                class="button"
                aria-pressed={order === one}
                onClick={() => go({ hits: one })}
              >
                {name}
              </button>
            ))}
          </span>
        )}
      </div>
      {shown.map(run => (
        <RunContents key={run.adw_id} hits={run} run={byId.get(run.adw_id)!} />
      ))}
    </section>
  );
}

function summaryOf({ hits, runs, isSearching }: { hits: number; runs: number; isSearching: boolean }): string {
  if (view.value.q.trim() === '') return 'Type words: they are looked for in every event of every run.';
  if (isSearching && hits === 0) return 'Searching…';
  return hits === 0 ? 'Nothing found.' : `${plural(hits, 'hit')} in ${plural(runs, 'run')}`;
}

const NOTHING: Contents = { next: null, runs: [] };

/** The answer to what the search box says; what it said before stays until the new one is there. */
function useContents() {
  const found = useSignal(NOTHING);
  const error = useSignal('');
  const isLoggedOut = useSignal(false);
  const isSearching = useSignal(false);
  const ask = async (q: string, before: number | undefined, signal: AbortSignal) => {
    isSearching.value = true;
    try {
      const answer = await source().searchRuns(q, before, signal);
      found.value = before === undefined ? answer : moreContents(found.peek(), answer);
      error.value = '';
      isLoggedOut.value = false;
    } catch (failure) {
      if (!signal.aborted) {
        isLoggedOut.value = isUnauthorized(failure);
        error.value = isLoggedOut.value ? 'The search failed.' : `The search failed: ${messageOf(failure)}`;
      }
    }
    if (!signal.aborted) isSearching.value = false;
  };
  const abort = useSignal(new AbortController());
  const begin = () => {
    abort.peek().abort();
    abort.value = new AbortController();
    return abort.peek().signal;
  };
  const q = useSignal('');
  q.value = view.value.q.trim();
  useSignalEffect(() => {
    const words = q.value;
    const signal = begin();
    if (words === '') {
      found.value = NOTHING;
      isSearching.value = false;
      return;
    }
    const timer = setTimeout(() => void ask(words, undefined, signal), DEBOUNCE_MS);
    return () => {
      clearTimeout(timer);
      abort.peek().abort();
    };
  });
  const goOn = () => void ask(q.peek(), found.peek().next ?? undefined, begin());
  return {
    found: found.value,
    error: error.value,
    isLoggedOut: isLoggedOut.value,
    isSearching: isSearching.value,
    goOn,
  };
}

/** The way to a hit: among rows of its kind, where that is one that is hidden at first. */
function hitHash(adwId: string, { event_id: ev, type }: RunHits['newest'][number]): string {
  const { group } = eventRowOf(type);
  const kinds = DEFAULT_GROUPS.includes(group) ? undefined : [...DEFAULT_GROUPS, group];
  return formatHash({ ...HOME, adwId, ev, kinds, q: view.value.q.trim(), mode: 'highlight' });
}

function RunContents({ hits, run }: { hits: RunHits; run: Run }) {
  const { adw_id: adwId, newest } = hits;
  return (
    <article class="contents-run">
      <h2>
        <Status status={run.status} />
        <a class="mono" href={formatHash({ ...HOME, adwId })}>
          {adwId}
        </a>
        <span class="ellipsis">{titleOf(run)}</span>
        <span class="muted">{plural(hits.hits, 'hit')}</span>
      </h2>
      <ul>
        {newest.map(hit => (
          <li key={hit.seq}>
            <a class="contents-hit" href={hitHash(adwId, hit)}>
              <span class="muted">
                {day(Date.parse(hit.at ?? ''), now.value)} {hit.role ?? 'workflow'} ·{' '}
              </span>
              {/* Every second piece is a hit; what a piece is called changes with nothing else. */}
              {hit.snippet.map((text, at) => (at % 2 === 1 ? <mark key={at}>{text}</mark> : text))}
            </a>
          </li>
        ))}
      </ul>
      {hits.hits > newest.length && (
        <a class="muted" href={formatHash({ ...HOME, adwId, q: view.value.q.trim() })}>
          and {whole(hits.hits - newest.length)} more in this run
        </a>
      )}
    </article>
  );
}
