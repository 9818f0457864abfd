import { signal, useComputed } from '@preact/signals';
import type { RowTable } from '../../data/row-table.ts';
import { type Axis, cutoff, reached, seek, summary, until } from '../../state/replay.ts';
import { view } from '../../state/store.ts';
import { marked, overview, rows, table } from '../../state/timeline.ts';
import { track } from '../../state/track.ts';
import { indexOfKey } from '../parts/virtual-list.tsx';
import { select } from '../timeline/moves.ts';
import { type Surface, useCanvas } from './track.ts';

const BAR_PX = 3;

/** Ordinals of the first and the last row on the screen; the timeline keeps it. */
export const shownRange = signal<readonly [number, number]>([0, 0]);

/**
 * The whole run in one strip: density, errors, hits, phases, and which part is on the screen. A click goes there. In a replay the
 * word "ahead" stands over what is still to come: of it only the errors are drawn, pale, for a reader that looks for them.
 */
export function Minimap() {
  const hits = useComputed(() => (view.value.q.trim() === '' ? [] : marked.value));
  const canvas = useCanvas(
    surface => {
      const drawn = { table: table.peek(), on: track.peek(), rows: rows.peek().rows };
      drawPhases(surface, drawn.on);
      drawDensity(surface, drawn);
      drawTicks(surface, { ...drawn, hits: hits.peek() });
    },
    [overview.value, hits.value, summary.value?.phases, until.value, track.value.start, track.value.end],
  );
  return (
    <div
      class="minimap"
      role="img"
      aria-label="Density of events over the run, with errors, hits and phases"
      onClick={event => {
        const on = track.peek();
        const { left, width } = event.currentTarget.getBoundingClientRect();
        const position = on.start + ((event.clientX - left) / width) * (on.end - on.start);
        if (cutoff.peek() !== undefined) return seek(position);
        const all = rows.peek().rows;
        const at = all[indexOfKey(all, Math.max(0, on.ordinalAt(position)))];
        if (at !== undefined) select(at, 'center');
      }}
    >
      <canvas ref={canvas} />
      <Ahead />
      <Box />
    </div>
  );
}

/** Which part of the run is on the screen. An element of its own: scrolling moves it and draws nothing anew. */
function Box() {
  void overview.value;
  const [first, last] = shownRange.value;
  const on = track.value;
  const from = xOf(on, first, 100);
  const width = Math.max(0, xOf(on, last, 100) - from);
  return <span class="minimap-box" style={{ left: `${from}%`, width: `${width}%` }} />;
}

/** The part that the replay has not come to. */
function Ahead() {
  if (cutoff.value === undefined) return null;
  const from = Math.min(100, Math.max(0, xOf(track.value, cutoff.value, 100)));
  return (
    <span class="minimap-ahead" style={{ left: `${from}%` }}>
      ahead
    </span>
  );
}

/** px of an event on a surface. */
const xOf = (on: Axis, at: number, width: number): number => ((on.at(at) - on.start) / (on.end - on.start)) * width;

function drawPhases({ context, width, height, colours }: Surface, on: Axis): void {
  if (on.kind !== 'time') return;
  const phases = summary.peek()?.phases ?? [];
  for (const [i, phase] of phases.entries()) {
    if (!phase.started_at) continue;
    const from = ((Date.parse(phase.started_at) - on.start) / (on.end - on.start)) * width;
    const ended = phase.ended_at ? Date.parse(phase.ended_at) : reached.peek().end;
    const to = ((ended - on.start) / (on.end - on.start)) * width;
    context.fillStyle = i % 2 === 0 ? colours.sunken : colours.line;
    context.globalAlpha = 0.55;
    context.fillRect(from, 0, Math.max(1, to - from), height);
    context.globalAlpha = 1;
    context.fillStyle = colours.muted;
    context.font = '10px system-ui, sans-serif';
    if (to - from > 34) context.fillText(phase.name, from + 4, 10);
  }
}

interface Drawn {
  readonly table: RowTable;
  readonly on: Axis;
  readonly rows: readonly number[];
}

/** Rows lie in order of their positions, so a bin's rows are found by its edges: no work for a row of its own. */
function drawDensity({ context, width, height, colours }: Surface, { on, rows: shown }: Drawn): void {
  if (shown.length === 0) return;
  const bins = Math.max(1, Math.floor(width / BAR_PX));
  const edge = (bin: number) => countUpTo(shown, on.ordinalAt(on.start + (bin / bins) * (on.end - on.start)));
  const counts: number[] = [];
  let before = countUpTo(shown, on.ordinalAt(on.start - 1));
  for (let bin = 1; bin <= bins; bin++) {
    const after = edge(bin);
    counts.push(after - before);
    before = after;
  }
  const most = Math.max(1, ...counts);
  context.fillStyle = colours.muted;
  context.globalAlpha = 0.6;
  for (const [bin, value] of counts.entries()) {
    if (value === 0) continue;
    const tall = Math.max(2, Math.sqrt(value / most) * (height - 12));
    context.fillRect(bin * BAR_PX, height - tall, BAR_PX - 1, tall);
  }
  context.globalAlpha = 1;
}

/** How many rows are not after an event. */
function countUpTo(shown: readonly number[], at: number): number {
  const index = indexOfKey(shown, at);
  return (shown[index] ?? 0) <= at ? index + 1 : index;
}

function drawTicks(
  { context, width, height, colours }: Surface,
  { table: current, on, hits }: Drawn & { readonly hits: readonly number[] },
): void {
  const mark = (at: number) => context.fillRect(xOf(on, at, width) - 0.75, height - 12, 2, 12);
  const known = new Set(current.failuresUntil(until.peek()));
  context.fillStyle = colours.muted;
  context.globalAlpha = 0.5;
  for (const at of current.failures) if (!known.has(at)) mark(at);
  context.fillStyle = colours.bad;
  context.globalAlpha = 1;
  for (const at of known) mark(at);
  context.fillStyle = colours.accent;
  for (const at of hits) context.fillRect(xOf(on, at, width) - 0.5, 0, 1.5, 6);
}
