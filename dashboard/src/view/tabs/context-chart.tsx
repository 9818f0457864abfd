import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { short, whole } from '../../base/text.ts';
import { axis } from '../../data/replay.ts';
import type { Session } from '../../data/session.ts';
import { useAsync } from '../parts/use-async.ts';

/** Tokens a model of today can look at, where its result does not say. */
const WINDOW_TOKENS = 200_000;
const PAGE = 1000;
const DASHES = [[], [6, 3], [2, 3], [10, 3, 2, 3]];

interface Series {
  readonly role: string;
  readonly points: { x: number; tokens: number }[];
}

/** How full each session's context was, message by message: the gauge that says when compaction is near. */
export function ContextChart({ session }: { session: Session }) {
  const box = useRef<HTMLDivElement>(null);
  const { value: series } = useAsync(() => readSeries(session), [session, session.complete.value]);
  useEffect(() => {
    if (!box.current || !series || series.length === 0) return;
    const element = box.current;
    const style = getComputedStyle(element);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const lines = [
      colour('--accent'),
      colour('--good'),
      colour('--warn'),
      colour('--think'),
      colour('--live'),
      colour('--bad'),
    ];
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
        cursor: { y: false },
        axes: [axes, { ...axes, size: 56, values: (_plot, values) => values.map(value => short(value)) }],
        series: [
          {},
          ...series.map((row, i) => ({
            label: row.role,
            stroke: lines[i % lines.length]!,
            width: 1.5,
            dash: DASHES[Math.floor(i / lines.length) % DASHES.length]!,
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
  }, [series]);
  if (!series || series.length === 0) return null;
  return (
    <section>
      <h2 class="group-title">Context of each session</h2>
      <ul class="gauges">
        {series.map(row => {
          const last = row.points.at(-1)?.tokens ?? 0;
          return (
            <li key={row.role} class="gauge">
              <span class="ellipsis">{row.role}</span>
              <meter
                min={0}
                max={WINDOW_TOKENS}
                low={WINDOW_TOKENS * 0.6}
                high={WINDOW_TOKENS * 0.8}
                optimum={0}
                value={last}
                aria-label={`Context of ${row.role}`}
              />
              <span class="muted">
                {whole(last)} of {short(WINDOW_TOKENS)}
              </span>
            </li>
          );
        })}
      </ul>
      <div ref={box} class="chart" />
    </section>
  );
}

async function readSeries(session: Session): Promise<Series[]> {
  const rows = new Map<string, Series>();
  const on = axis.peek();
  const log = session.log.peek();
  for (let after = 0; ; ) {
    const events = await session.read({ after, limit: PAGE, type: ['usage_update'] });
    for (const { data, seq } of events) {
      if (data.parent_tool_use_id) continue;
      const usage = (data.usage ?? {}) as Record<string, number | null>;
      const tokens =
        (usage.input_tokens ?? 0) + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0);
      const role = String(data.agent_role ?? '');
      if (tokens === 0) continue;
      const at = log.ordinalOf(seq);
      const x = on.kind === 'time' ? Date.parse(String(data.timestamp)) / 1000 : at;
      const row = rows.get(role) ?? { role, points: [] };
      rows.set(role, row);
      row.points.push({ x, tokens });
    }
    after = events.at(-1)?.seq ?? after;
    if (events.length < PAGE) break;
  }
  return [...rows.values()];
}
