import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { axis } from '../../state/replay.ts';

/** One line of a chart; its points in the order of `x`. */
export interface ChartLine {
  readonly label: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** Colours and dashes tell lines apart: after the colours, the same once more with another dash. */
export const COLOURS = ['--accent', '--good', '--warn', '--think', '--live', '--bad'];
const DASHES = [[], [6, 3], [2, 3], [10, 3, 2, 3]];

const HEIGHT_PX = 190;

/** What a chart is drawn of. */
export interface Chart {
  readonly lines: readonly ChartLine[];
  /** Where something happened, as a line from top to bottom, on the scale of `x`. */
  readonly marks: readonly number[];
  /** A value as the axis says it. */
  say(value: number): string;
}

/** The place of an event on a chart: seconds since the Unix epoch, or its ordinal where the axis is the sequence of events. */
export function placeOnChart(ordinal: number, ms: number): number {
  return axis.peek().kind === 'time' ? ms / 1000 : ordinal;
}

/** Draws a chart, as wide as its element. @returns what takes it away */
export function plotOn(element: HTMLElement, { lines, marks, say }: Chart): () => void {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const points = lines.flatMap(line => line.points.map(({ x }) => x));
  // A mark has a place though it lies outside of what the lines reach.
  const xs = [...new Set([...points, ...marks])].sort((a, b) => a - b);
  const data: uPlot.AlignedData = [
    xs,
    ...lines.map(({ points }) => {
      const at = new Map(points.map(({ x, y }) => [x, y]));
      return xs.map(x => at.get(x) ?? null);
    }),
  ];
  const axes = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line') },
  };
  const plot = new uPlot(
    {
      width: element.clientWidth,
      height: HEIGHT_PX,
      scales: { x: { time: axis.peek().kind === 'time' } },
      cursor: { show: false },
      legend: { show: false },
      axes: [axes, { ...axes, size: 62, values: (_plot, values) => values.map(say) }],
      hooks: { draw: [drawn => drawMarks(drawn, marks, colour('--warn'))] },
      series: [
        {},
        ...lines.map(({ label, points }, i) => ({
          label,
          stroke: colour(COLOURS[i % COLOURS.length]!),
          width: 1.5,
          dash: DASHES[Math.floor(i / COLOURS.length) % DASHES.length]!,
          spanGaps: true,
          points: { show: points.length < 40, size: 4 },
        })),
      ],
    },
    data,
    element,
  );
  const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
  observer.observe(element);
  return () => {
    observer.disconnect();
    plot.destroy();
  };
}

function drawMarks(plot: uPlot, marks: readonly number[], colour: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio || 1;
  for (const mark of marks) {
    const x = Math.round(plot.valToPos(mark, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
