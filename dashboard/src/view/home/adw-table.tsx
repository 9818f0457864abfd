import { NO_PHASE } from '../../../../src/adw/phase.ts';
import type { AdwSummary, PhaseSummary } from '../../../../src/adw/summary-shape.ts';
import { tokensTold } from '../../../../src/adw/tokens.ts';
import { ago, clockSpan, duration, plural, short, spending } from '../../base/text.ts';
import { isShown } from '../../data/phases.ts';
import { HOME } from '../../data/route.ts';
import { go, now } from '../../data/store.ts';
import { toolLabel } from '../../data/tools.ts';
import { Status, statusAppearance } from '../parts/bits.tsx';
import { Icon } from '../parts/icon.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';

/** What the list can be ordered by. */
export type SortKey = 'status' | 'title' | 'elapsed' | 'cost' | 'tokens' | 'errors' | 'last';

const COLUMNS: readonly { key: SortKey | undefined; label: string; class: string }[] = [
  { key: 'status', label: 'Status', class: '' },
  { key: undefined, label: 'ADW', class: '' },
  { key: 'title', label: 'Issue', class: '' },
  { key: undefined, label: 'Phases', class: 'wide' },
  { key: undefined, label: 'Doing now', class: 'wide' },
  { key: 'elapsed', label: 'Elapsed', class: 'num' },
  { key: 'cost', label: 'Cost', class: 'num' },
  { key: 'tokens', label: 'Tokens', class: 'num wide' },
  { key: 'errors', label: 'Errors', class: 'num wide' },
  { key: 'last', label: 'Last event', class: 'num' },
];

const ORDER = [
  'running',
  'waiting',
  'between_roles',
  'stalled',
  'pending',
  'failed',
  'ended_without_result',
  'completed',
];
const ROW_PX = 40;
/** Rows above which only those on the screen exist. */
const VIRTUAL_ROWS = 200;

const tokens = (adw: AdwSummary) => tokensTold(adw.totals) ?? 0;

const VALUES: Readonly<Record<SortKey, (adw: AdwSummary) => number | string>> = {
  status: adw => ORDER.indexOf(adw.status),
  title: adw => adw.title ?? adw.adw_id,
  elapsed: adw => -(adw.elapsed_ms ?? 0),
  cost: adw => -(adw.totals.cost_usd ?? 0),
  tokens: adw => -tokens(adw),
  errors: adw => -adw.totals.errors,
  last: adw => -Date.parse(adw.last_event_at ?? '1970'),
};

/** The table of workflows. A row opens its page. */
export function AdwTable({
  adws,
  sort,
  onSort,
}: {
  adws: readonly AdwSummary[];
  sort: SortKey;
  onSort: (key: SortKey) => void;
}) {
  const sorted = [...adws].sort((a, b) => compare(VALUES[sort](a), VALUES[sort](b)));
  return (
    <div class="adw-table" role="table" aria-label="Workflows" aria-rowcount={sorted.length + 1}>
      <div class="adw-row adw-head" role="row">
        {COLUMNS.map(({ key, label, class: className }) => (
          <span key={label} role="columnheader" class={className} aria-sort={key === sort ? 'ascending' : 'none'}>
            {key ? (
              <button type="button" class="sort" onClick={() => onSort(key)}>
                {label}
                {key === sort && <Icon name="down" />}
              </button>
            ) : (
              label
            )}
          </span>
        ))}
      </div>
      {sorted.length > VIRTUAL_ROWS ? (
        <VirtualList
          class="adw-rows"
          role="rowgroup"
          label="Workflows"
          rows={sorted.map((_, i) => i)}
          version={0}
          shape={`${sort}${sorted.length}`}
          identify={i => sorted[i]!.adw_id}
          estimate={() => ROW_PX}
          follow={false}
          row={i => <AdwRow adw={sorted[i]!} />}
        />
      ) : (
        <div class="adw-rows plain" role="rowgroup">
          {sorted.map(adw => (
            <AdwRow key={adw.adw_id} adw={adw} />
          ))}
        </div>
      )}
      {sorted.length === 0 && <p class="muted no-match">No workflow matches.</p>}
    </div>
  );
}

const compare = (a: number | string, b: number | string): number =>
  typeof a === 'string' ? a.localeCompare(String(b)) : a - Number(b);

function AdwRow({ adw }: { adw: AdwSummary }) {
  const open = () => go({ ...HOME, adwId: adw.adw_id }, 'push');
  const last = adw.last_event_at ? now.value - Date.parse(adw.last_event_at) : Number.NaN;
  return (
    <div
      class="adw-row"
      role="row"
      tabIndex={0}
      data-adw={adw.adw_id}
      onClick={event => {
        // A link is followed by the browser, where its reader wants it.
        if (!(event.target as Element).closest('a')) open();
      }}
      onKeyDown={event => event.key === 'Enter' && open()}
    >
      <span role="cell" title={adw.why}>
        <Status status={adw.status} />
      </span>
      <span role="cell" class="ellipsis">
        <a class="mono" href={`#/adw/${encodeURIComponent(adw.adw_id)}`} tabIndex={-1}>
          {adw.adw_id}
        </a>
      </span>
      <span role="cell" class="ellipsis adw-title" title={adw.title ?? adw.branch ?? ''}>
        {adw.issue_number && <span class="muted">#{adw.issue_number} </span>}
        {adw.title ?? adw.branch ?? adw.workflow ?? <span class="muted">{plural(adw.roles.length, 'role')}</span>}
      </span>
      <span role="cell" class="ellipsis wide">
        <PhaseStrip phases={adw.phases} />
      </span>
      <span role="cell" class="ellipsis wide">
        <Doing adw={adw} />
      </span>
      <span role="cell" class="num">
        {adw.elapsed_ms !== null && adw.elapsed_estimated && '~'}
        {adw.elapsed_ms === null ? '–' : duration(adw.elapsed_ms)}
      </span>
      <span
        role="cell"
        class="num"
        title={adw.totals.cost_estimated ? 'at least so much, by the usage of its lines' : 'as the results say'}
      >
        {spending(adw.totals)}
      </span>
      <span role="cell" class="num wide">
        {tokens(adw) === 0 ? '–' : short(tokens(adw))}
      </span>
      <span role="cell" class={`num wide ${adw.totals.errors > 0 ? 'tone-bad' : 'muted'}`}>
        {adw.totals.errors}
      </span>
      <span role="cell" class="num muted" title={adw.last_event_at ?? ''}>
        {Number.isNaN(last) ? '' : ago(last)}
      </span>
    </div>
  );
}

function Doing({ adw }: { adw: AdwSummary }) {
  const { activity } = adw;
  if (!activity) return <span class="muted">{adw.status === 'completed' ? '' : adw.why}</span>;
  const since = activity.since ? now.value - Date.parse(activity.since) : Number.NaN;
  return (
    <span title={`${activity.role} · ${activity.tool ?? activity.kind} ${activity.argument}`}>
      {activity.role} <span class="muted">·</span> {toolLabel(activity.tool ?? activity.kind)}{' '}
      <code class="soft">{activity.argument}</code> {since >= 0 && <span class="muted">{clockSpan(since)}</span>}
    </span>
  );
}

/** Phases that have room for their letters. */
const LETTERED_MAX = 8;

/** Every phase as one lettered cell; of many, how many are over and which of them runs. */
function PhaseStrip({ phases }: { phases: readonly PhaseSummary[] }) {
  const shown = phases.filter(phase => phase.name !== NO_PHASE && isShown(phase));
  if (shown.length > LETTERED_MAX) return <ManyPhases phases={shown} />;
  return (
    <span class="phase-strip">
      {shown.map(phase => (
        <span
          key={phase.name}
          class={`phase-cell tone-${statusAppearance(phase.status).tone} ${phase.status}`}
          title={`${phase.name}: ${statusAppearance(phase.status).word}`}
        >
          <span aria-hidden="true">{[...phase.name][0]?.toUpperCase()}</span>
          <span class="sr">
            {phase.name} {statusAppearance(phase.status).word}
          </span>
        </span>
      ))}
    </span>
  );
}

function ManyPhases({ phases }: { phases: readonly PhaseSummary[] }) {
  const over = phases.filter(({ status }) => status === 'completed' || status === 'skipped').length;
  const last = phases.findLast(({ status }) => status === 'running' || status === 'failed');
  return (
    <span
      class="ellipsis"
      title={phases.map(({ name, status }) => `${name}: ${statusAppearance(status).word}`).join('\n')}
    >
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
