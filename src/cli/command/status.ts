import { formatElapsed, formatSpending, formatTokens, oneLine } from '../../adw/format.ts';
import { isOwn, shownPhases } from '../../adw/shown-phases.ts';
import type { AdwSummary, GateSummary, PhaseSummary, RoleSummary, TaskSummary } from '../../adw/summary-shape.ts';
import { TASK_MARKS, taskKind, taskSays, taskStateText } from '../../adw/task-words.ts';
import { tokensTold } from '../../adw/tokens.ts';
import { checkArgument, chooseAdw } from '../argument.ts';
import type { Context } from '../context.ts';
import { briefOf } from '../output/brief.ts';
import { clipCall, clipPath } from '../output/cells.ts';
import { safeLine } from '../output/escape.ts';
import { formatCount, formatPlural } from '../output/format.ts';
import { stateExitCode } from '../output/state.ts';
import { PHASE_STYLES, STATUS_STYLES, TASK_STYLES } from '../output/status-block.ts';
import type { Paint } from '../output/style.ts';
import { type Column, flowLines, type Part, tableLines } from '../output/table.ts';
import { openSource } from '../source.ts';

/** `adw-stream status <adw_id>`: one ADW in detail; the exit code tells its state. */
export async function run(context: Context): Promise<number> {
  const { settings, terminal } = context;
  await checkArgument(context);
  const source = await openSource(context);
  const summary = await source.summary(await chooseAdw(context, source));
  const told = settings.brief ? briefOf(summary) : summary;
  if (terminal.form === 'ndjson') terminal.printJson(told);
  else if (settings.json) terminal.print(JSON.stringify(told, null, 2));
  else {
    terminal.print(statusLines(summary, { paint: terminal.paint, width: terminal.width() }).join('\n'));
  }
  return stateExitCode(summary.status);
}

/** One ADW on a page: state, phases, roles, totals. */
export function statusLines(adw: AdwSummary, layout: { readonly paint: Paint; readonly width: number }): string[] {
  const { mark, style } = STATUS_STYLES[adw.status];
  const issue = [adw.issue_number && `#${adw.issue_number}`, adw.title]
    .filter(Boolean)
    .map(text => safeLine(text ?? ''));
  const head: Part[] = [
    { text: safeLine(adw.adw_id), style: 'bold' },
    { text: `${mark} ${adw.status.replaceAll('_', ' ')}`, style },
    { text: safeLine(adw.why) },
  ];
  const space = { text: '  ' };
  const phases = shownPhases(adw.phases);
  const columns = phases.some(isOwn) ? OWN_PHASE_COLUMNS : PHASE_COLUMNS;
  return [
    ...flowLines(head, { ...layout, gap: space }),
    ...flowLines([{ text: issue.join(' ') }], { ...layout, gap: space }),
    ...flowLines(madeParts(adw), { ...layout, gap: space }),
    '',
    ...(phases.length > 0 ? [...tableLines(phases, columns, layout), ''] : []),
    ...gateLines(adw, layout),
    ...(adw.roles.length > 0 ? [...tableLines(adw.roles, ROLE_COLUMNS, layout), ''] : []),
    ...taskLines(adw, layout),
    ...flowLines(totals(adw), { ...layout, gap: { text: ' · ', style: 'dim' } }),
  ];
}

/** What it left in the repository, as far as is known. */
function madeParts({ branch, commit, pull_request: pullRequest }: AdwSummary): Part[] {
  const part = (name: string, text: string | null): Part[] =>
    text === null ? [] : [{ text: `${name} ${safeLine(text)}`, style: 'dim' }];
  return [...part('branch', branch), ...part('commit', commit), ...part('pull request', pullRequest)];
}

const PHASE_COLUMNS: readonly Column<PhaseSummary>[] = [
  {
    title: 'PHASE',
    text: phase => `${PHASE_STYLES[phase.status].mark} ${safeLine(phase.name)}`,
    style: phase => PHASE_STYLES[phase.status].style,
    least: 12,
  },
  { title: 'STATUS', text: phase => phase.status.replaceAll('_', ' '), least: 12 },
  {
    title: 'TIME',
    text: phase => formatElapsed(phase.duration_ms, phase.duration_estimated),
    right: true,
    rank: 2,
  },
  { title: 'COST', text: formatSpending, right: true, rank: 1 },
  { title: 'ATTEMPTS', text: phase => String(phase.attempts), right: true, rank: 3 },
];

/** Columns of phases that the run names itself: also what does their work, and what was wrong. */
const OWN_PHASE_COLUMNS: readonly Column<PhaseSummary>[] = [
  ...PHASE_COLUMNS,
  { title: 'BY', text: phase => safeLine(phase.owner ?? phase.kind ?? ''), rank: 4 },
  { title: 'ERROR', text: phase => safeLine(oneLine(phase.error ?? '')), style: () => 'red', least: 12, rank: 5 },
];

/** What gates said, with their phase. */
interface GateRow extends GateSummary {
  readonly phase: string;
}

function gateLines(adw: AdwSummary, layout: { readonly paint: Paint; readonly width: number }): string[] {
  const rows = adw.phases.flatMap(({ name, gates }) => gates.map(gate => ({ ...gate, phase: name })));
  return rows.length > 0 ? [...tableLines(rows, GATE_COLUMNS, layout), ''] : [];
}

const GATE_COLUMNS: readonly Column<GateRow>[] = [
  {
    title: 'GATE',
    text: ({ gate, passed }) => `${passed ? '✓' : '✗'} ${safeLine(gate)}`,
    style: ({ passed }) => (passed ? 'green' : 'red'),
    least: 12,
  },
  { title: 'RESULT', text: ({ passed }) => (passed ? 'passed' : 'failed') },
  { title: 'PHASE', text: ({ phase }) => safeLine(phase), least: 8, rank: 2 },
  { title: 'ATTEMPT', text: ({ attempt }) => (attempt === null ? '' : String(attempt)), right: true, rank: 3 },
  { title: 'CHECKED', text: ({ checks }) => safeLine(checks.join('; ')), least: 12, rank: 1 },
];

const ROLE_COLUMNS: readonly Column<RoleSummary>[] = [
  {
    title: 'ROLE',
    text: role => `${STATUS_STYLES[role.status].mark} ${safeLine(role.role)}`,
    style: role => STATUS_STYLES[role.status].style,
    least: 22,
    cut: clipPath,
  },
  { title: 'ATTEMPT', text: role => String(role.attempts.length), right: true, rank: 7 },
  {
    title: 'TIME',
    text: ({ attempts }) => {
      const attempt = attempts.at(-1);
      return formatElapsed(attempt?.duration_ms ?? null, attempt?.duration_estimated ?? false);
    },
    right: true,
    rank: 2,
  },
  { title: 'TOOLS', text: role => formatCount(role.tools), right: true, rank: 5 },
  {
    title: 'ERRORS',
    text: role => formatCount(role.errors),
    right: true,
    rank: 3,
    style: role => (role.errors > 0 ? 'red' : 'dim'),
  },
  { title: 'TOKENS', text: role => formatTokens(tokensTold(role)), right: true, rank: 6 },
  { title: 'COST', text: formatSpending, right: true, rank: 1 },
  { title: 'DOING', text: doingOf, least: 12, cut: clipCall, rank: 4 },
];

/** A task with the role that it works for. */
interface TaskRow extends TaskSummary {
  readonly role: string;
}

/** The tree of tasks: what an agent launched stands below it, further in. */
function taskLines(adw: AdwSummary, layout: { readonly paint: Paint; readonly width: number }): string[] {
  const rows = adw.roles.flatMap(({ role, attempts }) =>
    attempts.flatMap(({ tasks }) => tasks.map(task => ({ ...task, role }))),
  );
  return rows.length > 0 ? [...tableLines(rows, TASK_COLUMNS, layout), ''] : [];
}

const TASK_COLUMNS: readonly Column<TaskRow>[] = [
  {
    title: 'TASK',
    text: task => `${'  '.repeat(Math.min(task.depth, 9) - 1)}${TASK_MARKS[task.state]} ${safeLine(taskKind(task))}`,
    style: task => TASK_STYLES[task.state],
    least: 12,
  },
  { title: 'ROLE', text: task => safeLine(task.role), least: 16, cut: clipPath, rank: 7 },
  { title: 'STATE', text: taskStateText, least: 9 },
  { title: 'TIME', text: task => formatElapsed(task.duration_ms, false), right: true, rank: 3 },
  { title: 'TOOLS', text: task => formatCount(task.tools), right: true, rank: 6 },
  {
    title: 'TOKENS',
    text: task => formatTokens(task.total_tokens),
    right: true,
    rank: 5,
  },
  {
    title: 'COST',
    text: task => formatSpending({ cost_usd: task.cost_usd, cost_estimated: true }),
    right: true,
    rank: 2,
  },
  { title: 'WHAT', text: task => safeLine(oneLine(taskSays(task))), least: 12, rank: 4 },
];

function doingOf({ activity, attempts }: RoleSummary): string {
  if (activity !== null) return safeLine(`${activity.tool ?? activity.kind} ${activity.argument}`);
  return safeLine(attempts.at(-1)?.outcome ?? '');
}

function totals({ totals: all, elapsed_ms: elapsedMs, elapsed_estimated: isEstimated }: AdwSummary): Part[] {
  const errors = formatPlural(all.errors, 'error');
  return [
    { text: formatSpending(all), style: 'bold' },
    { text: `${formatTokens(tokensTold(all))} tokens` },
    { text: formatPlural(all.tools, 'tool call') },
    all.errors > 0 ? { text: errors, style: 'red' } : { text: errors },
    { text: `${formatPlural(all.lines, 'line')} of output` },
    { text: elapsedMs === null ? '' : formatElapsed(elapsedMs, isEstimated) },
  ];
}
