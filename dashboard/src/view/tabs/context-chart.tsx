import { useEffect, useRef } from 'preact/hooks';
import { dollars, plural, short, whole } from '../../base/text.ts';
import type { Session } from '../../data/session.ts';
import type { Turn } from '../../run/turns.ts';
import { summary, until } from '../../state/replay.ts';
import { table } from '../../state/timeline.ts';
import { useAsync } from '../parts/use-async.ts';
import { jumpTo } from '../timeline/moves.ts';
import { type Chart, COLOURS, placeOnChart, plotOn } from './line-chart.ts';

interface Series {
  readonly role: string;
  readonly points: { readonly x: number; readonly y: number }[];
  /** The size of its model's context in tokens, as its result says; 0 until it does. */
  readonly window: number;
}

/** How a conversation that was compacted is told of, whatever its program. */
const COMPACTED = /^conversation compacted/;

/** How full each role's context was, turn by turn, with the moments at which it was compacted. */
export function ContextChart({ session, turns }: { session: Session; turns: readonly Turn[] }) {
  const { value: windows } = useAsync(
    async () => windowsOf(await session.all('session_ended')),
    [table.value, summary.value?.last_seq],
  );
  const series = seriesOf(turns, windows ?? new Map());
  const compacted = compactions();
  if (series.length === 0) return null;
  return (
    <section>
      <h2 class="group-title">Context of each session</h2>
      <ul class="gauges">
        {series.map((row, i) => (
          <Gauge key={row.role} row={row} place={i} />
        ))}
      </ul>
      {compacted.length > 0 && (
        <p class="compactions">
          {plural(compacted.length, 'compaction')}:{' '}
          {compacted.map(at => (
            <button key={at} type="button" class="link" onClick={() => jumpTo(at)}>
              {table.value.rowData[at]?.role}
            </button>
          ))}
        </p>
      )}
      <Plot
        lines={series.map(({ role, points }) => ({ label: role, points }))}
        marks={compacted.map(at => placeOnChart(at, table.value.timeOf(at)))}
        say={short}
      />
    </section>
  );
}

/** What the run had cost by each moment, as far as its turns tell. */
export function MoneyChart({ turns }: { turns: readonly Turn[] }) {
  let sum = 0;
  const points = turns.flatMap(({ seq, ms, costUsd }) => {
    sum += costUsd ?? 0;
    return costUsd === undefined || Number.isNaN(ms)
      ? []
      : [{ x: placeOnChart(table.value.ordinalOf(seq), ms), y: sum }];
  });
  if (points.length < 2) return null;
  return (
    <section>
      <h2 class="group-title">Money over time, as far as turns tell</h2>
      <Plot lines={[{ label: 'cost', points }]} marks={[]} say={dollars} />
    </section>
  );
}

function Plot(chart: Chart) {
  const box = useRef<HTMLDivElement>(null);
  const points = chart.lines.reduce((total, { points: { length } }) => total + length, 0);
  useEffect(() => plotOn(box.current!, chart), [points, chart.lines.length, chart.marks.length]);
  return <div ref={box} class="chart" />;
}

function Gauge({ row, place }: { row: Series; place: number }) {
  const last = row.points.at(-1)?.y ?? 0;
  return (
    <li class="gauge">
      <span class="ellipsis">
        <span
          class={`line-mark dash-${Math.floor(place / COLOURS.length)}`}
          style={{ borderTopColor: `var(${COLOURS[place % COLOURS.length]})` }}
        />
        {row.role}
      </span>
      {row.window > 0 && (
        <meter
          min={0}
          max={row.window}
          low={row.window * 0.6}
          high={row.window * 0.8}
          optimum={0}
          value={last}
          aria-label={`Context of ${row.role}`}
        />
      )}
      <span class="muted">
        {whole(last)}
        {row.window > 0 && ` of ${short(row.window)}`}
      </span>
    </li>
  );
}

function seriesOf(turns: readonly Turn[], windows: ReadonlyMap<string, number>): Series[] {
  const rows = new Map<string, Series>();
  for (const { seq, role, parent, ms, context } of turns) {
    if (parent !== '' || context === undefined) continue;
    const row = rows.get(role) ?? { role, points: [], window: windows.get(role) ?? 0 };
    rows.set(role, row);
    row.points.push({ x: placeOnChart(table.value.ordinalOf(seq), ms), y: context });
  }
  return [...rows.values()];
}

/** Ordinals of the events that tell that a conversation was compacted, up to the replay position. */
function compactions(): number[] {
  const current = table.value;
  const end = Math.min(current.length, until.value + 1);
  const found: number[] = [];
  for (let at = 0; at < end; at++) {
    const { type, summary } = current.rowData[at]!;
    if (type === 'agent_log' && COMPACTED.test(summary)) found.push(at);
  }
  return found;
}

type Ended = Awaited<ReturnType<Session['all']>>;

/** The largest window among the models of each role's results. */
function windowsOf(events: Ended): ReadonlyMap<string, number> {
  const windows = new Map<string, number>();
  for (const { data } of events) {
    if (data.parent_tool_use_id) continue;
    const role = String(data.agent_role ?? '');
    windows.set(role, Math.max(windows.get(role) ?? 0, windowOf(data.model_usage)));
  }
  return windows;
}

function windowOf(models: unknown): number {
  if (typeof models !== 'object' || models === null) return 0;
  const windows = Object.values(models).map(model =>
    Number((model as { contextWindow?: unknown } | null)?.contextWindow ?? 0),
  );
  return Math.max(0, ...windows.filter(Number.isFinite));
}
