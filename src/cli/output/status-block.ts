import { formatBytes, formatDuration, formatElapsed, formatSpending, formatTokens } from '../../adw/format.ts';
import { shownPhases } from '../../adw/shown-phases.ts';
import type {
  AdwStatus,
  AdwSummary,
  PhaseSummary,
  RoleSummary,
  TaskStateWord,
  TaskSummary,
} from '../../adw/summary-shape.ts';
import { TASK_MARKS, taskKind, taskSays } from '../../adw/task-words.ts';
import { tokensTold } from '../../adw/tokens.ts';
import { clip, clipCall, pad, widthOf } from './cells.ts';
import { safeLine } from './escape.ts';
import { formatPlural } from './format.ts';
import { colorOf, type Paint, type Style } from './style.ts';

/** How the way to the server is. */
export interface LinkStatus {
  /** Where events go; absent where they go nowhere. */
  readonly server?: string;
  /** `reading`: what was on disk at the start has not all been taken in yet. */
  readonly state: 'connecting' | 'reading' | 'up' | 'down';
  /** Bytes on disk that the server does not have yet; counted when it is drawn. */
  readonly lagBytes: () => number;
}

/** How a status block is drawn. */
export interface StatusBlockOptions {
  readonly paint: Paint;
  /** Cells a line may take. */
  readonly width: number;
  /** Lines the block may take. */
  readonly height: number;
  readonly nowMs: number;
  readonly link: LinkStatus;
}

/** Text with its style, so that it can be measured before it is painted. */
type Piece = readonly [text: string, style?: Style];

/** Mark and colour of each state of a phase. */
export const PHASE_STYLES: Readonly<Record<PhaseSummary['status'], { readonly mark: string; readonly style: Style }>> =
  {
    pending: { mark: '○', style: 'dim' },
    running: { mark: '▸', style: 'cyan' },
    completed: { mark: '✓', style: 'green' },
    failed: { mark: '✗', style: 'red' },
    skipped: { mark: '–', style: 'dim' },
    ended_without_result: { mark: '?', style: 'yellow' },
  };

/** Mark and colour of each state of an ADW or a role. */
export const STATUS_STYLES: Readonly<Record<AdwStatus, { readonly mark: string; readonly style: Style }>> = {
  pending: { mark: '○', style: 'dim' },
  running: { mark: '●', style: 'cyan' },
  waiting: { mark: '◔', style: 'cyan' },
  between_roles: { mark: '◐', style: 'cyan' },
  stalled: { mark: '◌', style: 'yellow' },
  completed: { mark: '✓', style: 'green' },
  failed: { mark: '✗', style: 'red' },
  ended_without_result: { mark: '?', style: 'yellow' },
};

/** Colour of each state of a task. */
export const TASK_STYLES: Readonly<Record<TaskStateWord, Style>> = {
  running: 'cyan',
  completed: 'green',
  failed: 'red',
  stopped: 'yellow',
  unfinished: 'yellow',
};

const ROLE_CELLS = 20;
const CLOCK_CELLS = 8;

/** The lines of the block under the log: phases and cost, what each role does and for how long, the connection to the server. */
export function statusBlock(summary: AdwSummary, options: StatusBlockOptions): string[] {
  const { paint, width, height } = options;
  const active = summary.roles.filter(
    ({ status }) => status === 'running' || status === 'waiting' || status === 'stalled',
  );
  const room = Math.max(0, height - 3);
  const shown = active.slice(-room);
  const hidden = active.length - shown.length;
  let taskRoom = room - shown.length;
  return [
    paint('dim', '─'.repeat(width)),
    phaseLine(summary, options),
    ...shown.flatMap(role => {
      const tasks = liveTasks(role).slice(0, Math.max(0, taskRoom));
      taskRoom -= tasks.length;
      return [roleLine(role, options), ...tasks.map(task => taskLine(task, options))];
    }),
    footLine(summary, { ...options, hidden }),
  ];
}

/** As much of phases, their times, cost and tokens as fits; a narrow terminal loses the names of what has not begun. */
function phaseLine({ phases, totals }: AdwSummary, { paint, width }: StatusBlockOptions): string {
  const named = shownPhases(phases);
  const cost: Piece = [formatSpending(totals), 'bold'];
  const tokens: Piece = [` ${formatTokens(tokensTold(totals))} tokens`, 'dim'];
  const strips = [
    named.flatMap(phase => phasePieces(phase, 'timed')),
    named.flatMap(phase => phasePieces(phase, 'named')),
    named.flatMap(phase => phasePieces(phase, phase.status === 'pending' ? 'marked' : 'named')),
    // A run may name many.
    named.flatMap(phase => phasePieces(phase, phase.status === 'running' ? 'named' : 'marked')),
  ];
  const choices = strips.flatMap(strip => [
    { strip, right: [cost, tokens] },
    { strip, right: [cost] },
  ]);
  const fits = ({ strip, right }: (typeof choices)[number]) => cellsOf(strip) + cellsOf(right) <= width;
  const { strip, right } = choices.find(fits) ?? { strip: strips.at(-1) ?? [], right: [cost] };
  return spread(strip, right, { paint, width });
}

function phasePieces(
  { name, status, duration_ms: took, duration_estimated: isEstimated }: PhaseSummary,
  form: 'timed' | 'named' | 'marked',
): Piece[] {
  const { mark, style } = PHASE_STYLES[status];
  if (form === 'marked') return [[mark, style], [' ']];
  const time = took === null || form === 'named' ? '' : ` ${formatElapsed(took, isEstimated)}`;
  return [[`${mark} ${safeLine(name)}${time}`, style], ['  ']];
}

function cellsOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, [text]) => sum + widthOf(text), 0);
}

function roleLine(role: RoleSummary, { paint, width, nowMs }: StatusBlockOptions): string {
  const { mark, style } = STATUS_STYLES[role.status];
  const name = pad(safeLine(role.role), Math.min(ROLE_CELLS, Math.floor(width / 3)));
  const since = Date.parse(role.activity?.since ?? role.last_event_at ?? '');
  const clock = Number.isNaN(since) ? '' : formatDuration(Math.max(0, nowMs - since));
  const doing = activityText(role, Math.max(0, width - widthOf(name) - CLOCK_CELLS - 4));
  const left: Piece[] = [[`${mark} `, style], [name, colorOf(role.role)], [' '], [doing]];
  return spread(left, [[clock, role.status === 'stalled' ? 'yellow' : 'dim']], { paint, width });
}

/** What runs beside its agent, or in its stead: the tasks of the newest attempt that have not ended. */
function liveTasks({ attempts }: RoleSummary): TaskSummary[] {
  return (attempts.at(-1)?.tasks ?? []).filter(({ state }) => state === 'running');
}

function taskLine(task: TaskSummary, { paint, width }: StatusBlockOptions): string {
  const name = `${'  '.repeat(Math.min(task.depth, 5))}${TASK_MARKS[task.state]} ${safeLine(taskKind(task))}`;
  const clock = task.duration_ms === null ? '' : formatDuration(task.duration_ms);
  const says = clip(safeLine(taskSays(task)), Math.max(0, width - widthOf(name) - CLOCK_CELLS - 2));
  return spread([[name, TASK_STYLES[task.state]], [' '], [says]], [[clock, 'dim']], { paint, width });
}

function activityText({ activity, status }: RoleSummary, cells: number): string {
  if (activity === null) return clip(status === 'stalled' ? 'silent' : 'starting', cells);
  if (activity.kind === 'tool') return clipCall(safeLine(`${activity.tool ?? 'tool'} ${activity.argument}`), cells);
  return clip(activity.kind === 'thinking' ? 'thinking' : 'writing', cells);
}

function footLine(summary: AdwSummary, options: StatusBlockOptions & { readonly hidden: number }): string {
  const { paint, width, link, hidden } = options;
  const { totals } = summary;
  const left: Piece[] = [statePiece(summary, link), [`  ${formatPlural(totals.tools, 'tool')}`, 'dim']];
  if (totals.errors > 0) left.push([`  ${formatPlural(totals.errors, 'error')}`, 'red']);
  if (hidden > 0) left.push([`  ${formatPlural(hidden, 'more role')}`, 'dim']);
  return spread(left, linkPieces(link), { paint, width });
}

/** Half a story has no state yet. */
function statePiece({ adw_id: adwId, status }: AdwSummary, link: LinkStatus): Piece {
  if (link.state === 'reading') return [`· ${adwId} reading`, 'dim'];
  const { mark, style } = STATUS_STYLES[status];
  return [`${mark} ${adwId} ${status.replaceAll('_', ' ')}`, style];
}

function linkPieces({ server, state, lagBytes }: LinkStatus): Piece[] {
  if (server === undefined) return [];
  const name = server.replace(/^https?:\/\//, '');
  if (state === 'connecting') return [[`connecting to ${name}`, 'yellow']];
  const bytes = lagBytes();
  const lag = bytes > 0 ? formatBytes(bytes) : '';
  if (state === 'down')
    return [
      [`${name} does not answer`, 'red'],
      [lag && `, ${lag} waiting`, 'dim'],
    ];
  if (state === 'reading')
    return [
      [name, 'dim'],
      [lag && ` ${lag} to go`, 'yellow'],
    ];
  return [[`${name} `, 'dim'], lag ? [`${lag} behind`, 'yellow'] : ['up to date', 'green']];
}

/** `left` and `right` at the two ends of a line of exactly `width` cells. What does not fit of the left part is left out. */
function spread(
  left: readonly Piece[],
  right: readonly Piece[],
  { paint, width }: { paint: Paint; width: number },
): string {
  const rightText = right.map(([text]) => text).join('');
  const rightFits = widthOf(rightText) + 1 <= width * 0.7;
  const room = width - (rightFits ? widthOf(rightText) + 1 : 0);
  let used = 0;
  let line = '';
  for (const [index, [text, style]] of left.entries()) {
    const part = index === 0 || widthOf(text) <= room - used ? clip(text, room - used) : '';
    used += widthOf(part);
    line += style === undefined || part === '' ? part : paint(style, part);
    if (part !== text) break;
  }
  if (!rightFits) return line;
  const end = right.map(([text, style]) => (style === undefined || text === '' ? text : paint(style, text))).join('');
  return `${line}${' '.repeat(Math.max(1, width - used - widthOf(rightText)))}${end}`;
}
