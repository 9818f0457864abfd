import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { short, whole } from '../../base/text.ts';
import { axis } from '../../data/replay.ts';
import type { Session } from '../../data/session.ts';
import { useAsync } from '../parts/use-async.ts';

const PAGE = 1000;
const DASHES = [[], [6, 3], [2, 3], [10, 3, 2, 3]];

interface Series {
  readonly role: string;
  readonly points: { x: number; tokens: number }[];
  /** The size of its model's context in tokens, as its result says; 0 until it does. */
  window: number;
}

const COLOURS = ['--accent', '--good', '--warn', '--think', '--live', '--bad'];

/** How full each session's context was, message by message: the gauge that says when compaction is near. */
export function ContextChart({ session }: { session: Session }) {
  const box = useRef<HTMLDivElement>(null);
  const { value: series } = useAsync(() => readSeries(session), [session, session.complete.value]);
  useEffect(() => {
    if (box.current && series && series.length > 0) return plotOn(box.current, series);
    return undefined;
  }, [series]);
  if (!series || series.length === 0) return null;
  return (
    <section>
      <h2 class="group-title">Context of each session</h2>
      <ul class="gauges">
        {series.map((row, i) => (
          <Gauge key={row.role} row={row} place={i} />
        ))}
      </ul>
      <div ref={box} class="chart" />
    </section>
  );
}

/** Draws the chart. @returns what takes it away */
function plotOn(element: HTMLElement, series: readonly Series[]): () => void {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const xs = [...new Set(series.flatMap(row => row.points.map(point => point.x)))].sort((a, b) => a - b);
  const data: uPlot.AlignedData = [
    xs,
    ...series.map(row => {
      const at = new Map(row.points.map(point => [point.x, point.tokens]));
      return xs.map(x => at.get(x) ?? null);
    }),
  ];
  const time = axis.peek().kind === 'time';
  const axes = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line') },
  };
  const plot = new uPlot(
    {
      width: element.clientWidth,
      height: 190,
      scales: { x: { time } },
      cursor: { show: false },
      legend: { show: false },
      axes: [axes, { ...axes, size: 56, values: (_plot, values) => values.map(value => short(value)) }],
      series: [
        {},
        ...series.map((row, i) => ({
          label: row.role,
          stroke: colour(COLOURS[i % COLOURS.length]!),
          width: 1.5,
          dash: DASHES[Math.floor(i / COLOURS.length) % DASHES.length]!,
          spanGaps: true,
          points: { show: row.points.length < 40, size: 4 },
        })),
      ],
    },
    data,
    element,
  );
  const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: 190 }));
  observer.observe(element);
  return () => {
    observer.disconnect();
    plot.destroy();
  };
}

function Gauge({ row, place }: { row: Series; place: number }) {
  const last = row.points.at(-1)?.tokens ?? 0;
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

async function readSeries(session: Session): Promise<Series[]> {
  const rows = new Map<string, Series>();
  const on = axis.peek();
  const log = session.log.peek();
  for (let after = 0; ; ) {
    const events = await session.read({ after, limit: PAGE, type: ['usage_update', 'session_ended'] });
    for (const { data, seq, type } of events) {
      if (data.parent_tool_use_id) continue;
      const role = String(data.agent_role ?? '');
      const row = rows.get(role) ?? { role, points: [], window: 0 };
      rows.set(role, row);
      if (type === 'session_ended') {
        row.window = Math.max(row.window, windowOf(data.model_usage));
        continue;
      }
      const usage = (data.usage ?? {}) as Record<string, number | null>;
      const tokens =
        (usage.input_tokens ?? 0) + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0);
      // Usage of several requests together does not say how full the context was.
      if (tokens === 0 || data.context_tokens === null) continue;
      const at = log.ordinalOf(seq);
      const x = on.kind === 'time' ? Date.parse(String(data.timestamp)) / 1000 : at;
      row.points.push({ x, tokens });
    }
    after = events.at(-1)?.seq ?? after;
    if (events.length === 0) break;
  }
  return [...rows.values()].filter(row => row.points.length > 0);
}

/** The largest window among the models of a result. */
function windowOf(models: unknown): number {
  if (typeof models !== 'object' || models === null) return 0;
  const windows = Object.values(models).map(model =>
    Number((model as { contextWindow?: unknown } | null)?.contextWindow ?? 0),
  );
  return Math.max(0, ...windows.filter(Number.isFinite));
}
