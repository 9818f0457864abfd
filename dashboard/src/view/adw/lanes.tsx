import { useSignal } from '@preact/signals';
import type { TaskStateWord, TaskSummary } from '../../../../src/adw/summary-shape.ts';
import { duration } from '../../base/text.ts';
import { NONE, type RowTable } from '../../data/row-table.ts';
import { type Lane, laneFinder, lanesOf, spanOfTask } from '../../run/lanes.ts';
import { type Axis, cutoff, reached, roles, until } from '../../state/replay.ts';
import { view } from '../../state/store.ts';
import { overview, table } from '../../state/timeline.ts';
import { track, zoomBy } from '../../state/track.ts';
import { IconButton } from '../parts/bits.tsx';
import { taskTitle } from '../parts/task-card.tsx';
import { jumpTo } from '../timeline/moves.ts';
import { toggleLanes } from './lanes-shown.ts';
import { type Surface, useCanvas } from './track.ts';

const LANE_PX = 16;
/** Idle time worth a mark, as a share of what is on the screen. */
const GAP_SHARE = 0.04;

interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Tool calls of every role over time, as bars, and below it the tasks that it launched, each from its start to its end;
 * hatched where no role did anything. All of them, in the axis that minimap and scrubber have.
 */
export function Lanes() {
  const lanes = lanesOf(roles.value);
  const hover = useSignal('');
  const canvas = useCanvas(
    surface => draw(surface, { table: table.peek(), on: reached.peek(), lanes, span: spanOf(track.peek()) }),
    [overview.value, track.value.start, track.value.end, cutoff.value, view.value.scope, lanes.map(whatIsDrawn).join()],
  );
  const find = (event: MouseEvent): number => {
    const element = event.currentTarget as HTMLElement;
    const span = spanOf(track.peek());
    const position = span.from + (event.offsetX / element.clientWidth) * (span.to - span.from);
    const lane = Math.floor(event.offsetY / LANE_PX);
    const slack = (3 * (span.to - span.from)) / element.clientWidth;
    const call = callAt({ table: table.peek(), on: reached.peek(), lanes, lane }, { position, slack });
    return call === NONE ? table.peek().ordinalOfUse(lanes[lane]?.task?.tool_use_id ?? undefined) : call;
  };
  if (lanes.length === 0) return null;
  return (
    <section class="track-row lanes" aria-label="Lanes" tabIndex={0}>
      <div class="lane-names">
        {lanes.map(({ role, task, name, depth }) => (
          <span
            key={`${role} ${task?.tool_use_id ?? ''}`}
            class={`lane-name ellipsis ${task === undefined ? '' : 'muted'} ${isScoped(task) ? 'scoped' : ''}`}
            style={{ paddingInlineStart: `${26 + 10 * Math.min(depth, 4)}px` }}
            title={task === undefined ? role : taskTitle(task)}
          >
            {name}
          </span>
        ))}
      </div>
      <canvas
        ref={canvas}
        class="lane-canvas"
        style={{ height: `${lanes.length * LANE_PX}px` }}
        role="img"
        aria-label={`Tool calls of ${lanes.map(({ name }) => name).join(', ')} over time; the timeline lists the same calls`}
        title={hover.value}
        onClick={event => jumpTo(find(event))}
        onMouseMove={event => {
          const at = find(event);
          const rowData = table.peek().rowData[at];
          const took = at === NONE ? Number.NaN : table.peek().took(at, until.peek());
          hover.value = rowData
            ? [rowData.tool, rowData.summary, took >= 0 && duration(took)].filter(Boolean).join(' ')
            : '';
        }}
        onWheel={event => {
          if (!event.ctrlKey && !event.metaKey) return;
          event.preventDefault();
          zoomBy(event.deltaY < 0 ? 1.3 : 1 / 1.3, event.offsetX / event.currentTarget.clientWidth);
        }}
      />
      <div class="lane-tools">
        <IconButton icon="cross" label="Hide the lanes" onClick={toggleLanes} />
      </div>
    </section>
  );
}

const spanOf = ({ start, end }: Axis): Span => ({ from: start, to: end });

/** Whether the timeline shows this task alone. */
function isScoped(task: TaskSummary | undefined): boolean {
  return view.value.scope !== '' && task?.tool_use_id === view.value.scope;
}

/** What a lane shows changes with this. */
function whatIsDrawn({ name, task }: Lane): string {
  return task === undefined ? name : `${name} ${task.state} ${task.started_at ?? ''} ${task.ended_at ?? ''}`;
}

/** The call under a position in a lane, or NONE. */
function callAt(
  { table: current, on, lanes, lane }: { table: RowTable; on: Axis; lanes: readonly Lane[]; lane: number },
  { position, slack }: { position: number; slack: number },
): number {
  const laneOf = laneFinder(lanes, current);
  for (let at = Math.min(current.length - 1, until.peek(), on.ordinalAt(position + slack)); at >= 0; at--) {
    if (!current.isCall(at) || laneOf(at) !== lane) continue;
    if (endOf(current, on, at) >= position - slack) return at;
    if (on.at(at) < position - 3_600_000) break;
  }
  return NONE;
}

function endOf(current: RowTable, on: Axis, at: number): number {
  const result = current.resultOf(at, until.peek());
  if (result !== NONE) return on.at(result);
  return current.outcome(at, until.peek()) === 'pending' ? on.end : on.at(at);
}

interface Drawn {
  readonly table: RowTable;
  readonly on: Axis;
  readonly lanes: readonly Lane[];
  readonly span: Span;
}

function draw(surface: Surface, drawn: Drawn): void {
  const { context, width, colours } = surface;
  const { table: current, on, lanes, span } = drawn;
  const x = (position: number) => ((position - span.from) / (span.to - span.from)) * width;
  const laneOf = laneFinder(lanes, current);
  const limit = Math.min(current.length - 1, until.peek());
  drawGaps(surface, drawn, x);
  drawTasks(surface, drawn, x);
  const drawnTo = new Float64Array(lanes.length).fill(-1);
  for (let at = 0; at <= limit; at++) {
    const lane = laneOf(at);
    if (lane < 0) continue;
    const from = x(on.at(at));
    if (from > width) break;
    const type = current.rowData[at]?.type;
    const call = type === 'tool_use_pre';
    if (!call && type !== 'text_block' && type !== 'thinking_block') continue;
    const outcome = call ? current.outcome(at, until.peek()) : '';
    const to = Math.max(from + 1.5, call ? x(endOf(current, on, at)) : 0);
    // Thousands of calls share a pixel: one of them is enough, unless it failed.
    if (to < 0 || (to <= drawnTo[lane]! + 0.25 && outcome !== 'error')) continue;
    drawnTo[lane] = Math.max(to, drawnTo[lane]!);
    const y = lane * LANE_PX;
    if (call) {
      context.fillStyle = outcome === 'error' ? colours.bad : outcome === 'pending' ? colours.live : colours.accent;
      context.globalAlpha = current.rowData[at]?.parent === undefined ? 0.85 : 0.45;
      context.fillRect(from, y + 4, to - from, LANE_PX - 7);
    } else {
      context.fillStyle = type === 'text_block' ? colours.muted : colours.think;
      context.globalAlpha = 0.7;
      context.fillRect(from, y + 6, 1.5, LANE_PX - 11);
    }
  }
  context.globalAlpha = 1;
  drawCursor(surface, drawn, x);
}

/** From where to where each task ran; dashed at its end where nothing says that it ended. */
function drawTasks({ context, width, colours }: Surface, drawn: Drawn, x: (position: number) => number): void {
  const { table: current, on, lanes } = drawn;
  for (const [lane, { task }] of lanes.entries()) {
    const ran = task && spanOfTask(task, current, { on, until: until.peek() });
    if (task === undefined || ran === undefined) continue;
    const [from, to] = [Math.max(0, x(ran.from)), Math.min(width, Math.max(x(ran.to), x(ran.from) + 1.5))];
    if (to < 0 || from > width) continue;
    const y = lane * LANE_PX;
    if (task.tool_use_id === view.peek().scope) {
      context.fillStyle = colours.hit;
      context.fillRect(0, y, width, LANE_PX);
    }
    context.strokeStyle = context.fillStyle = taskColour(task.state, colours);
    context.globalAlpha = 0.22;
    context.fillRect(from, y + 2, to - from, LANE_PX - 3);
    context.globalAlpha = 0.8;
    context.setLineDash(task.state === 'unfinished' ? [3, 3] : []);
    context.strokeRect(from + 0.5, y + 2.5, Math.max(1, to - from - 1), LANE_PX - 4);
    context.setLineDash([]);
  }
  context.globalAlpha = 1;
}

function taskColour(state: TaskStateWord, colours: Surface['colours']): string {
  if (state === 'failed') return colours.bad;
  if (state === 'running') return colours.live;
  return state === 'completed' ? colours.good : colours.warn;
}

/** Time in which no role did anything, hatched and named. */
function drawGaps(
  { context, width, height, colours }: Surface,
  { table: current, on, span }: Drawn,
  x: (position: number) => number,
): void {
  if (on.kind !== 'time') return;
  const first = Math.max(0, on.ordinalAt(span.from));
  const last = Math.min(on.ordinalAt(span.to), until.peek());
  let busyUntil = on.at(first);
  context.font = '10px system-ui, sans-serif';
  for (let at = first + 1; at <= last; at++) {
    const time = on.at(at);
    if (time - busyUntil > (span.to - span.from) * GAP_SHARE) {
      const [from, to] = [Math.max(0, x(busyUntil)), Math.min(width, x(time))];
      context.strokeStyle = colours.line;
      context.beginPath();
      for (let line = from - height; line < to; line += 6) {
        context.moveTo(Math.max(from, line), height - Math.max(0, from - line));
        context.lineTo(Math.min(to, line + height), Math.max(0, line + height - to));
      }
      context.stroke();
      context.fillStyle = colours.muted;
      if (to - from > 60) context.fillText(`idle ${duration(time - busyUntil)}`, from + 6, height - 4);
    }
    const until = current.isCall(at) ? endOf(current, on, at) : time;
    if (until > busyUntil) busyUntil = until;
  }
}

function drawCursor({ context, height, colours }: Surface, { on }: Drawn, x: (position: number) => number): void {
  const at = cutoff.peek();
  if (at === undefined) return;
  context.fillStyle = colours.warn;
  context.fillRect(x(on.at(at)), 0, 1.5, height);
}
