import { formatElapsed } from '../../../../src/adw/format.ts';
import { NO_PHASE } from '../../../../src/adw/phase.ts';
import { plural, short, spending, whole } from '../../base/text.ts';
import { tokenOf, wordsOf } from '../../runs/run-list.ts';
import { answersOf, type Known, type Total, type Totals, totalsOf } from '../../runs/totals.ts';
import type { Run } from '../../state/fleet.ts';
import { go, view } from '../../state/store.ts';
import { Skeleton } from '../parts/bits.tsx';

/** Rows of one table. */
const ROWS_MAX = 12;

/** What the listed runs took together, and by what they have in common. A row lists its runs. */
export function TotalsPanel({ runs }: { runs: readonly Run[] }) {
  const totals = totalsOf(runs);
  const { all } = totals;
  const span = wordsOf(view.value);
  const isWhole = runs.every(({ parts }) => parts !== undefined);
  return (
    <section class="totals" aria-label="Totals of the listed runs">
      {span !== '' && <h2 class="group-title">Of runs whose last event was {span}</h2>}
      <div class="figures">
        <Figure value={whole(all.runs)} label={all.runs === 1 ? 'run' : 'runs'} />
        <Figure
          value={rate(all)}
          label={`completed, of ${all.ended === all.runs ? 'all, which' : `the ${whole(all.ended)} that`} ended`}
        />
        <Figure value={spending(all)} label={`cost${ofKnown(all, 'cost')}`} />
        <Figure value={short(all.tokens)} label={`tokens${ofKnown(all, 'tokens')}`} />
        <Figure value={formatElapsed(all.ms, all.msEstimated)} label={`time of the runs${ofKnown(all, 'ms')}`} />
        <Figure
          value={formatElapsed(all.medianMs, all.medianEstimated)}
          label={`time of a run, the median${ofKnown(all, 'ms')}`}
        />
      </div>
      {isWhole ? <Parts totals={totals} /> : <Skeleton lines={4} />}
    </section>
  );
}

function Figure({ value, label }: { value: string; label: string }) {
  return (
    <div class="figure">
      <b>{value}</b>
      <span class="muted">{label}</span>
    </div>
  );
}

function Parts({ totals }: { totals: Totals }) {
  const { fails, failingRole, slowest, again } = answersOf(totals);
  return (
    <>
      <ul class="totals-answers">
        <Answer
          label="Fails most"
          total={fails ?? failingRole}
          field={fails === undefined ? 'role' : 'failed'}
          none="no phase, and no role"
        >
          {one => `in ${whole(one.failed)} of ${plural(one.ended, 'run')} in which it ended`}
        </Answer>
        <Answer label="Slowest" total={slowest} field="phase" none="not known">
          {one => `${formatElapsed(one.medianMs, one.medianEstimated)}, the median of ${knownOf(one, 'ms')}`}
        </Answer>
        <Answer label="Tried again most" total={again} field="again" none="no phase was">
          {one => `in ${whole(one.again)} of ${plural(one.runs, 'run')}, up to ×${one.attemptsMax}`}
        </Answer>
      </ul>
      <div class="totals-tables">
        <GroupTable
          title="By phase"
          field="phase"
          rows={totals.phases}
          columns={['runs', 'failed', 'again', 'median', 'cost']}
        />
        <GroupTable
          title="By role"
          field="role"
          rows={totals.roles}
          columns={['runs', 'failed', 'errors', 'median', 'tokens', 'cost']}
        />
        <GroupTable title="By model" field="model" rows={totals.models} columns={['runs', 'tokens', 'cost']} />
        <GroupTable
          title="By workflow"
          field="workflow"
          rows={totals.workflows}
          columns={['runs', 'completed', 'median', 'tokens', 'cost']}
        />
        <GroupTable
          title="By day of the last event"
          field="day"
          rows={totals.days}
          columns={['runs', 'completed', 'median', 'tokens', 'cost']}
        />
      </div>
    </>
  );
}

interface AnswerProps {
  readonly label: string;
  readonly total: Total | undefined;
  readonly field: string;
  /** What stands there where nothing answers. */
  readonly none: string;
  readonly children: (total: Total) => string;
}

function Answer({ label, total, field, none, children }: AnswerProps) {
  return (
    <li>
      <span class="muted">{label}: </span>
      {total === undefined ? (
        <span class="muted">{none}</span>
      ) : (
        <>
          <Narrow field={field} value={total.name} /> {children(total)}
        </>
      )}
    </li>
  );
}

/** A name that lists the runs which have it. @param text what stands there instead of it */
function Narrow({ field, value, text = value }: { field: string; value: string; text?: string }) {
  if (field === 'phase' && value === NO_PHASE) return <span>{text}</span>;
  if (value === '') return <span class="muted">not known</span>;
  const token = tokenOf(field, value);
  const q = view.value.q.trim();
  const isOn = ` ${q} `.includes(` ${token} `);
  return (
    <button
      type="button"
      class="link"
      aria-pressed={isOn}
      title={isOn ? 'List the others again' : `List the runs: ${token}`}
      onClick={() => go({ q: isOn ? ` ${q} `.replace(` ${token} `, ' ').trim() : `${q} ${token}`.trim() })}
    >
      {text}
    </button>
  );
}

type Column = keyof typeof COLUMNS;

/** Of how many runs a figure is known, behind what it is of; empty where it is of all. */
function ofKnown(total: Total, what: Known): string {
  const known = total.known[what];
  return known === total.runs || known === 0 ? '' : `, of ${whole(known)} of ${whole(total.runs)}`;
}

/** The same as the runs that it is of: `3 runs`, `2 of 3 runs`. */
function knownOf(total: Total, what: Known): string {
  const known = total.known[what];
  return known === total.runs ? plural(known, 'run') : `${whole(known)} of ${plural(total.runs, 'run')}`;
}

/** A figure of a table, with how many of the row's runs it is of where that is not all of them. */
function Cell({ column, total, field }: { column: Column; total: Total; field: string }) {
  // What is said of a phase's runs leads to these runs.
  const isWay = (column === 'failed' || column === 'again') && total[column] > 0;
  if (field === 'phase' && total.name !== NO_PHASE && isWay)
    return <Narrow field={column} value={total.name} text={COLUMNS[column].cell(total)} />;
  const { cell, known } = COLUMNS[column] as (typeof COLUMNS)[Column] & { readonly known?: Known };
  const isPart = known !== undefined && total.known[known] > 0 && total.known[known] < total.runs;
  return (
    <>
      {cell(total)}
      {isPart && <span class="muted"> of {whole(total.known[known])}</span>}
    </>
  );
}

const COLUMNS = {
  runs: { label: 'Runs', cell: (one: Total) => whole(one.runs) },
  completed: {
    label: 'Completed',
    cell: (one: Total) => (one.ended === 0 ? '–' : `${rate(one)} of ${whole(one.ended)}`),
  },
  failed: {
    label: 'Failed',
    cell: (one: Total) => (one.failed === 0 ? '0' : `${whole(one.failed)} of ${whole(one.ended)}`),
  },
  again: {
    label: 'Tried again',
    cell: (one: Total) => (one.again === 0 ? '0' : `${whole(one.again)}, up to ×${one.attemptsMax}`),
  },
  errors: { label: 'Errors', cell: (one: Total) => whole(one.errors) },
  median: {
    label: 'Time, median',
    cell: (one: Total) => formatElapsed(one.medianMs, one.medianEstimated),
    known: 'ms',
  },
  tokens: { label: 'Tokens', cell: (one: Total) => short(one.tokens), known: 'tokens' },
  cost: { label: 'Cost', cell: (one: Total) => spending(one), known: 'cost' },
} as const;

interface GroupTableProps {
  readonly title: string;
  /** What the search box calls it. */
  readonly field: string;
  readonly rows: readonly Total[];
  readonly columns: readonly Column[];
}

function GroupTable({ title, field, rows, columns }: GroupTableProps) {
  if (rows.length === 0) return null;
  const most = Math.max(...rows.map(row => row.cost_usd ?? 0), Number.MIN_VALUE);
  return (
    <div class="totals-group">
      <h2 class="group-title">{title}</h2>
      <div class="table-scroll" tabIndex={0} role="region" aria-label={title}>
        <table class="table">
          <thead>
            <tr>
              <th>Name</th>
              {columns.map(column => (
                <th key={column} class="num">
                  {COLUMNS[column].label}
                </th>
              ))}
              <th class="share-column">
                <span class="sr">Share of the cost</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, ROWS_MAX).map(row => (
              <tr key={row.name}>
                <td>
                  <Narrow field={field} value={row.name} />
                </td>
                {columns.map(column => (
                  <td key={column} class="num">
                    <Cell column={column} total={row} field={field} />
                  </td>
                ))}
                <td class="share-column">
                  <span class="share" style={{ width: `${(100 * (row.cost_usd ?? 0)) / most}%` }} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > ROWS_MAX && <p class="muted">and {rows.length - ROWS_MAX} more</p>}
    </div>
  );
}

/** How many of those that ended are completed; `–` where none has. */
function rate({ completed, ended }: Total): string {
  return ended === 0 ? '–' : `${Math.round((100 * completed) / ended)} %`;
}
