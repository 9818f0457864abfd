import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { isOwn, type ListedPhase } from '../../../../src/adw/listed-run.ts';
import { tokensTold } from '../../../../src/adw/tokens.ts';
import { ago, clockSpan, day, duration, plural, short, spending } from '../../base/text.ts';
import { toolLabel } from '../../run/tools.ts';
import { modelName, type SortKey, titleOf } from '../../runs/run-list.ts';
import { elapsedOf, type Run } from '../../state/fleet.ts';
import { HOME } from '../../state/route.ts';
import { go, now, pick, picked } from '../../state/store.ts';
import { Status, statusAppearance } from '../parts/bits.tsx';
import { Icon } from '../parts/icon.tsx';
import { Middle } from '../parts/middle.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';

const COLUMNS: readonly { key: SortKey | undefined; label: string; class: string }[] = [
  { key: 'status', label: 'Status', class: '' },
  { key: undefined, label: 'ADW', class: '' },
  { key: 'title', label: 'Title', class: '' },
  { key: undefined, label: 'Phases', class: 'wide' },
  { key: undefined, label: 'Last word', class: 'wide' },
  { key: 'started', label: 'Started', class: 'num extra' },
  { key: 'elapsed', label: 'Elapsed', class: 'num middling' },
  { key: 'cost', label: 'Cost', class: 'num' },
  { key: 'tokens', label: 'Tokens', class: 'num wide' },
  { key: 'errors', label: 'Errors', class: 'num wide' },
  { key: 'model', label: 'Model', class: 'extra' },
  { key: 'last', label: 'Last event', class: 'num' },
];

const ROW_PX = 40;
/** Rows above which only those on the screen exist. */
const VIRTUAL_ROWS = 200;
/** Characters of an id that are shown at most. */
const ID_CHARS_MAX = 24;

/** The table of workflows. A row opens its page. */
export function AdwTable({
  runs,
  sort,
  isReversed,
  onSort,
}: {
  /** In their order. */
  runs: readonly Run[];
  sort: SortKey;
  isReversed: boolean;
  onSort: (key: SortKey) => void;
}) {
  const table = useRef<HTMLDivElement>(null);
  useScrollKept(table);
  const idChars = Math.min(ID_CHARS_MAX, Math.max(8, ...runs.map(({ adw_id }) => adw_id.length)));
  return (
    <div
      class="adw-table"
      role="table"
      aria-label="Workflows"
      aria-rowcount={runs.length + 1}
      style={{ '--id-chars': idChars }}
      ref={table}
    >
      <div class="adw-row adw-head" role="row">
        {COLUMNS.map(({ key, label, class: className }) => (
          <span key={label} role="columnheader" class={className} aria-sort={orderOf(key === sort, isReversed)}>
            {key ? (
              <button type="button" class="sort" onClick={() => onSort(key)}>
                {label}
                {key === sort && <Icon name={isReversed ? 'up' : 'down'} />}
              </button>
            ) : (
              label
            )}
          </span>
        ))}
      </div>
      {runs.length > VIRTUAL_ROWS ? (
        <VirtualList
          class="adw-rows"
          role="rowgroup"
          label="Workflows"
          rows={runs.map((_, i) => i)}
          version={0}
          shape={`${sort}${isReversed}${runs.length}`}
          identify={i => runs[i]!.adw_id}
          estimate={() => ROW_PX}
          follow={false}
          row={i => <AdwRow adw={runs[i]!} />}
        />
      ) : (
        <div class="adw-rows plain" role="rowgroup">
          {runs.map(adw => (
            <AdwRow key={adw.adw_id} adw={adw} />
          ))}
        </div>
      )}
      {runs.length === 0 && <p class="muted no-match">No workflow matches.</p>}
    </div>
  );
}

function orderOf(isSorted: boolean, isReversed: boolean) {
  if (!isSorted) return 'none';
  return isReversed ? 'descending' : 'ascending';
}

/** Where the list's reader was in it, when the back button leads here again: the entry of the history that was left keeps it. */
function useScrollKept(table: RefObject<HTMLDivElement | null>): void {
  useLayoutEffect(() => {
    const top = (history.state as { readonly listTop?: unknown } | null)?.listTop;
    const rows = rowsIn(table.current);
    if (rows && typeof top === 'number') rows.scrollTop = top;
  }, []);
}

const rowsIn = (element: Element | null | undefined) => element?.querySelector('.adw-rows');

function open(adwId: string, row: Element): void {
  history.replaceState({ listTop: rowsIn(row.closest('.adw-table'))?.scrollTop ?? 0 }, '');
  go({ ...HOME, adwId }, 'push');
}

function AdwRow({ adw }: { adw: Run }) {
  const last = adw.last_event_at ? now.value - Date.parse(adw.last_event_at) : Number.NaN;
  const elapsed = elapsedOf(adw, now.value);
  return (
    <div
      class="adw-row"
      role="row"
      tabIndex={0}
      data-adw={adw.adw_id}
      onClick={event => {
        // A link is followed by the browser, where its reader wants it.
        if (!(event.target as Element).closest('a')) open(adw.adw_id, event.currentTarget);
      }}
      onKeyDown={event => {
        if (event.key === 'Enter' && event.target === event.currentTarget) open(adw.adw_id, event.currentTarget);
      }}
    >
      <StatusCell adw={adw} />
      <span role="cell" class="adw-id">
        <a class="mono" href={`#/adw/${encodeURIComponent(adw.adw_id)}`} tabIndex={-1}>
          <Middle text={adw.adw_id} isPath={false} />
        </a>
      </span>
      <span role="cell" class="ellipsis adw-title" title={titleOf(adw)}>
        {adw.issue_number && <span class="muted">#{adw.issue_number} </span>}
        {titleOf(adw) || <span class="muted">{plural(adw.roles.length, 'role')}</span>}
      </span>
      <span role="cell" class="ellipsis wide">
        <Steps adw={adw} />
      </span>
      <span role="cell" class="ellipsis wide">
        <LastWord adw={adw} />
      </span>
      <span role="cell" class="num extra muted" title={adw.first_event_at ?? ''}>
        {day(Date.parse(adw.first_event_at ?? ''), now.value)}
      </span>
      <span role="cell" class="num middling">
        {elapsed !== null && adw.elapsed_estimated && '~'}
        {elapsed === null ? '–' : duration(elapsed)}
      </span>
      <span
        role="cell"
        class="num"
        title={adw.totals.cost_estimated ? 'at least so much, by the usage of its lines' : 'as the results say'}
      >
        {spending(adw.totals)}
      </span>
      <span role="cell" class="num wide">
        {short(tokensTold(adw.totals) || null)}
      </span>
      <span role="cell" class={`num wide ${adw.totals.errors > 0 ? 'tone-bad' : 'muted'}`}>
        {adw.totals.errors}
      </span>
      <span role="cell" class="ellipsis extra soft" title={adw.models.join('\n')}>
        {modelName(adw.models[0]) || '–'}
        {adw.models.length > 1 && <span class="muted"> +{adw.models.length - 1}</span>}
      </span>
      <span role="cell" class="num muted" title={adw.last_event_at ?? ''}>
        {Number.isNaN(last) ? '' : ago(last)}
      </span>
    </div>
  );
}

/** What it is, and a box that takes it for a comparison. */
function StatusCell({ adw }: { adw: Run }) {
  return (
    <span role="cell" title={adw.why} class="pick-cell">
      <input
        type="checkbox"
        class="pick"
        aria-label={`Compare ${adw.adw_id}`}
        checked={picked.value.includes(adw.adw_id)}
        onClick={event => event.stopPropagation()}
        onChange={() => pick(adw.adw_id)}
      />
      <Status status={adw.status} />
    </span>
  );
}

/** What it does now; else why it is what it is: what it waits for, why it failed, how it ended. */
function LastWord({ adw }: { adw: Run }) {
  const { activity, status, why } = adw;
  if (!activity || status === 'waiting' || status === 'stalled') {
    const tone = status === 'failed' ? 'tone-bad' : status === 'waiting' || status === 'stalled' ? '' : 'muted';
    return (
      <span class={tone} title={why}>
        {why}
      </span>
    );
  }
  const since = activity.since ? now.value - Date.parse(activity.since) : Number.NaN;
  return (
    <span class="doing" title={`${activity.role} · ${activity.tool ?? activity.kind} ${activity.argument}`}>
      <Middle text={activity.role} isPath={false} /> <span class="muted">·</span>
      <span>{toolLabel(activity.tool ?? activity.kind)}</span>
      <Middle text={activity.argument} class="mono soft" />
      {since >= 0 && <span class="muted">{clockSpan(since)}</span>}
    </span>
  );
}

/** Its phases, or its roles where it has none that begun. */
function Steps({ adw: { phases, roles } }: { adw: Run }) {
  if (phases.some(phase => isOwn(phase) || phase.status !== 'pending')) return <PhaseStrip phases={phases} />;
  return <span class="soft">{roles.join(', ')}</span>;
}

/** Phases that have room for their letters. */
const LETTERED_MAX = 8;

/** Every phase as one lettered cell, with its attempts; of many, how many are over and which of them runs. */
function PhaseStrip({ phases: shown }: { phases: readonly ListedPhase[] }) {
  if (shown.length > LETTERED_MAX) return <ManyPhases phases={shown} />;
  return (
    <span class="phase-strip">
      {shown.map(phase => (
        <span
          key={phase.name}
          class={`phase-cell tone-${statusAppearance(phase.status).tone} ${phase.status}`}
          title={phaseText(phase)}
        >
          <span aria-hidden="true">
            {[...phase.name][0]?.toUpperCase()}
            {phase.attempts > 1 && <sup>{phase.attempts}</sup>}
          </span>
          <span class="sr">{phaseText(phase)}</span>
        </span>
      ))}
    </span>
  );
}

function phaseText({ name, status, attempts, error }: ListedPhase): string {
  const times = attempts > 1 ? ` (×${attempts})` : '';
  return `${name}: ${statusAppearance(status).word}${times}${error === null ? '' : `\n${error}`}`;
}

function ManyPhases({ phases }: { phases: readonly ListedPhase[] }) {
  const over = phases.filter(({ status }) => status === 'completed' || status === 'skipped').length;
  const last = phases.findLast(({ status }) => status === 'running' || status === 'failed');
  return (
    <span class="ellipsis" title={phases.map(phaseText).join('\n')}>
      {over} of {phases.length}
      {last && (
        <span class="soft">
          {' '}
          · {last.name} {statusAppearance(last.status).word}
        </span>
      )}
    </span>
  );
}
