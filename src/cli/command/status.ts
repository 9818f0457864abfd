import { formatElapsed, formatSpending, formatTokens, oneLine } from '../../adw/format.ts';
import type { AdwSummary, PhaseSummary, RoleSummary, TaskSummary } from '../../adw/summary-shape.ts';
import { TASK_MARKS, taskKind, taskSays, taskStanding } from '../../adw/task-words.ts';
import { checkArgument, chooseAdw } from '../argument.ts';
import type { Context } from '../context.ts';
import { safeLine } from '../output/escape.ts';
import { formatCount, formatPlural } from '../output/format.ts';
import { stateExitCode } from '../output/state.ts';
import { PHASE_LOOK, STATUS_LOOK, TASK_STYLES } from '../output/status-block.ts';
import type { Paint } from '../output/style.ts';
import { type Column, tableLines } from '../output/table.ts';
import { openSource } from '../source.ts';

/** `adw-stream status <adw_id>`: one ADW in detail; the exit code tells its state. */
export async function run(context: Context): Promise<number> {
  const { settings, terminal } = context;
  await checkArgument(context);
  const source = await openSource(context);
  const summary = await source.summary(await chooseAdw(context, source));
  if (terminal.form === 'ndjson') terminal.printJson(summary);
  else if (settings.json) terminal.print(JSON.stringify(summary, null, 2));
  else {
    terminal.print(statusLines(summary, { paint: terminal.paint, width: terminal.width() }).join('\n'));
  }
  return stateExitCode(summary.status);
}

/** One ADW on a page: state, phases, roles, totals. */
export function statusLines(adw: AdwSummary, look: { readonly paint: Paint; readonly width: number }): string[] {
  const { paint } = look;
  const { mark, style } = STATUS_LOOK[adw.status];
  const issue = [adw.issue_number && `#${adw.issue_number}`, adw.title]
    .filter(Boolean)
    .map(text => safeLine(text ?? ''));
  return [
    `${paint('bold', adw.adw_id)}  ${paint(style, `${mark} ${adw.status.replaceAll('_', ' ')}`)}  ${safeLine(adw.why)}`,
    ...(issue.length > 0 ? [issue.join(' ')] : []),
    ...(adw.branch === null ? [] : [paint('dim', `branch ${safeLine(adw.branch)}`)]),
    '',
    ...tableLines(adw.phases, PHASE_COLUMNS, look),
    '',
    ...(adw.roles.length > 0 ? [...tableLines(adw.roles, ROLE_COLUMNS, look), ''] : []),
    ...taskLines(adw, look),
    totalsLine(adw, paint),
  ];
}

const PHASE_COLUMNS: readonly Column<PhaseSummary>[] = [
  {
    title: 'PHASE',
    text: phase => `${PHASE_LOOK[phase.status].mark} ${phase.name}`,
    style: phase => PHASE_LOOK[phase.status].style,
  },
  { title: 'STATUS', text: phase => phase.status.replaceAll('_', ' ') },
  { title: 'TIME', text: phase => formatElapsed(phase.duration_ms, phase.duration_estimated), right: true },
  { title: 'COST', text: formatSpending, right: true },
  { title: 'ATTEMPTS', text: phase => String(phase.attempts), right: true },
];

const ROLE_COLUMNS: readonly Column<RoleSummary>[] = [
  {
    title: 'ROLE',
    text: role => `${STATUS_LOOK[role.status].mark} ${safeLine(role.role)}`,
    style: role => STATUS_LOOK[role.status].style,
  },
  { title: 'ATTEMPT', text: role => String(role.attempts.length), right: true },
  {
    title: 'TIME',
    text: ({ attempts }) => {
      const attempt = attempts.at(-1);
      return formatElapsed(attempt?.duration_ms ?? null, attempt?.duration_estimated ?? false);
    },
    right: true,
  },
  { title: 'TOOLS', text: role => formatCount(role.tools), right: true },
  {
    title: 'ERRORS',
    text: role => formatCount(role.errors),
    right: true,
    style: role => (role.errors > 0 ? 'red' : 'dim'),
  },
  { title: 'TOKENS', text: role => formatTokens(tokensOf(role)), right: true },
  { title: 'COST', text: formatSpending, right: true },
  { title: 'DOING', text: doingOf, takesRest: true },
];

/** A task with the role that it works for. */
interface TaskRow extends TaskSummary {
  readonly role: string;
}

/** The tree of tasks: what an agent launched stands below it, further in. */
function taskLines(adw: AdwSummary, look: { readonly paint: Paint; readonly width: number }): string[] {
  const rows = adw.roles.flatMap(({ role, attempts }) =>
    attempts.flatMap(({ tasks }) => tasks.map(task => ({ ...task, role }))),
  );
  return rows.length > 0 ? [...tableLines(rows, TASK_COLUMNS, look), ''] : [];
}

const TASK_COLUMNS: readonly Column<TaskRow>[] = [
  {
    title: 'TASK',
    text: task => `${'  '.repeat(Math.min(task.depth, 9) - 1)}${TASK_MARKS[task.state]} ${safeLine(taskKind(task))}`,
    style: task => TASK_STYLES[task.state],
  },
  { title: 'ROLE', text: task => safeLine(task.role) },
  { title: 'STATE', text: taskStanding },
  { title: 'TIME', text: task => formatElapsed(task.duration_ms, false), right: true },
  { title: 'TOOLS', text: task => formatCount(task.tools), right: true },
  { title: 'TOKENS', text: task => (task.total_tokens === null ? '–' : formatTokens(task.total_tokens)), right: true },
  { title: 'COST', text: task => formatSpending({ cost_usd: task.cost_usd, cost_estimated: true }), right: true },
  { title: 'WHAT', text: task => safeLine(oneLine(taskSays(task))), takesRest: true },
];

function doingOf({ activity, attempts }: RoleSummary): string {
  if (activity !== null) return safeLine(`${activity.tool ?? activity.kind} ${activity.argument}`);
  return safeLine(attempts.at(-1)?.outcome ?? '');
}

function totalsLine(
  { totals, elapsed_ms: elapsedMs, elapsed_estimated: isEstimated }: AdwSummary,
  paint: Paint,
): string {
  const errors = formatPlural(totals.errors, 'error');
  return [
    paint('bold', formatSpending(totals)),
    `${formatTokens(tokensOf(totals))} tokens`,
    formatPlural(totals.tools, 'tool call'),
    totals.errors > 0 ? paint('red', errors) : errors,
    `${formatPlural(totals.lines, 'line')} of output`,
    elapsedMs === null ? '' : formatElapsed(elapsedMs, isEstimated),
  ]
    .filter(part => part !== '')
    .join(paint('dim', ' · '));
}

type Tokens = Pick<RoleSummary, 'input_tokens' | 'output_tokens' | 'cache_read_tokens' | 'cache_write_tokens'>;

function tokensOf(tokens: Tokens): number {
  return tokens.input_tokens + tokens.output_tokens + tokens.cache_read_tokens + tokens.cache_write_tokens;
}
