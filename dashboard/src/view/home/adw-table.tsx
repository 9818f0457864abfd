import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { formatElapsed } from '../../../../src/adw/format.ts';
import type { ListedPhase } from '../../../../src/adw/listed-run.ts';
import { causeOf } from '../../../../src/adw/reason.ts';
import { isOwn } from '../../../../src/adw/shown-phases.ts';
import { tokensTold } from '../../../../src/adw/tokens.ts';
import { ago, clockSpan, day, duration, plural, short, spending } from '../../base/text.ts';
import { toolLabel } from '../../run/tools.ts';
import { modelName, type SortKey, titleOf } from '../../runs/run-list.ts';
import { elapsedOf, type Run } from '../../state/fleet.ts';
import { HOME } from '../../state/route.ts';
import { go, now, pick, picked } from '../../state/store.ts';
import { IconButton, Status, statusAppearance } from '../parts/bits.tsx';
import { Icon } from '../parts/icon.tsx';
import { Middle } from '../parts/middle.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';

interface Column {
  readonly key: SortKey | undefined;
  readonly label: string;
  /** Its class, by which the styles place it. */
  readonly place: string;
}

const COLUMNS: readonly Column[] = [
  { key: 'status', label: 'Status', place: 'at-status' },
  { key: undefined, label: 'ADW', place: 'at-id' },
  { key: 'title', label: 'Title', place: 'at-title' },
  { key: undefined, label: 'Phases', place: 'at-phases' },
  { key: undefined, label: 'Last word', place: 'at-word' },
  { key: 'started', label: 'Started', place: 'at-started num' },
  { key: 'elapsed', label: 'Elapsed', place: 'at-elapsed num' },
  { key: 'cost', label: 'Cost', place: 'at-cost num' },
  { key: 'tokens', label: 'Tokens', place: 'at-tokens num' },
  { key: 'errors', label: 'Errors', place: 'at-errors num' },
  { key: 'model', label: 'Model', place: 'at-model' },
  { key: 'last', label: 'Last event', place: 'at-last num' },
];

const ROW_PX = 40;
/** Rows above which only those on the screen exist. */
const VIRTUAL_ROWS = 200;
/** Characters of an id that are shown at most. */
const ID_CHARS_MAX = 24;

/** How the list is ordered where its columns have no heads. */
function OrderBy({ sort, isReversed, onSort }: Pick<AdwTableProps, 'sort' | 'isReversed' | 'onSort'>) {
  return (
    <div class="only-narrow order-by">
      <label>
        Order by{' '}
        <select class="select" value={sort} onChange={event => onSort(event.currentTarget.value as SortKey)}>
          {COLUMNS.map(({ key, label }) => key && <option value={key}>{label}</option>)}
        </select>
      </label>
      <IconButton icon={isReversed ? 'up' : 'down'} label="Turn the order around" onClick={() => onSort(sort)} />
    </div>
  );
}

interface AdwTableProps {
  /** In their order. */
  readonly runs: readonly Run[];
  readonly sort: SortKey;
  readonly isReversed: boolean;
  readonly onSort: (key: SortKey) => void;
}

/** The table of workflows. A row opens its page. */
export function AdwTable({ runs, sort, isReversed, onSort }: AdwTableProps) {
  const table = useRef<HTMLDivElement>(null);
  useScrollKept(table);
  const idChars = Math.min(ID_CHARS_MAX, Math.max(8, ...runs.map(({ adw_id }) => adw_id.length)));
  return (
    <>
      <OrderBy sort={sort} isReversed={isReversed} onSort={onSort} />
      <div
        class="adw-table"
        role="table"
        aria-label="Workflows"
        aria-rowcount={runs.length + 1}
        style={{ '--id-chars': idChars }}
        ref={table}
      >
        <div class="adw-row adw-head" role="row">
          {COLUMNS.map(({ key, label, place }) => (
            <span key={label} role="columnheader" class={place} aria-sort={orderOf(key === sort, isReversed)}>
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
    </>
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
      <span role="cell" class="at-id">
        <a class="mono" href={`#/adw/${encodeURIComponent(adw.adw_id)}`} tabIndex={-1}>
          <Middle text={adw.adw_id} isPath={false} />
        </a>
      </span>
      <span role="cell" class="at-title ellipsis" title={titleOf(adw)}>
        {adw.issue_number && <span class="muted">#{adw.issue_number} </span>}
        {titleOf(adw) || <span class="muted">{plural(adw.roles.length, 'role')}</span>}
      </span>
      <span role="cell" class="at-phases ellipsis">
        <Steps adw={adw} />
      </span>
      <span role="cell" class="at-word ellipsis">
        <LastWord adw={adw} />
      </span>
      <span role="cell" class="at-started num muted" title={adw.first_event_at ?? ''}>
        {day(Date.parse(adw.first_event_at ?? ''), now.value)}
      </span>
      <span role="cell" class="at-elapsed num">
        {elapsed !== null && adw.elapsed_estimated && '~'}
        {elapsed === null ? '–' : duration(elapsed)}
      </span>
      <span
        role="cell"
        class="at-cost num"
        title={adw.totals.cost_estimated ? 'at least so much, by the usage of its lines' : 'as the results say'}
      >
        {spending(adw.totals)}
      </span>
      <span role="cell" class="at-tokens num">
        {short(tokensTold(adw.totals) || null)}
      </span>
      <span role="cell" class={`at-errors num ${adw.totals.errors > 0 ? 'tone-bad' : 'muted'}`}>
        {adw.totals.errors}
      </span>
      <span role="cell" class="at-model ellipsis soft" title={adw.models.join('\n')}>
        {modelName(adw.models[0]) || '–'}
        {adw.models.length > 1 && <span class="muted"> +{adw.models.length - 1}</span>}
      </span>
      <span role="cell" class="at-last num muted" title={adw.last_event_at ?? ''}>
        {Number.isNaN(last) ? '' : ago(last)}
      </span>
    </div>
  );
}

/** What it is, and a box that takes it for a comparison. */
function StatusCell({ adw }: { adw: Run }) {
  return (
    <span role="cell" title={adw.why} class="at-status pick-cell">
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
        {causeOf(why)}
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

/** Its name, state, attempts, time and what came of it. */
function phaseText({ name, status, attempts, error, duration_ms: ms, duration_estimated }: ListedPhase): string {
  const times = attempts > 1 ? ` (×${attempts})` : '';
  const took = ms === undefined ? '' : `, ${formatElapsed(ms, duration_estimated === true)}`;
  return `${name}: ${statusAppearance(status).word}${times}${took}${error === undefined ? '' : `\n${error}`}`;
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
