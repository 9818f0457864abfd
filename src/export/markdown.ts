import { formatElapsed, formatSpending, formatTokens, grouped, oneLine, stripControl } from '../adw/format.ts';
import type { AdwSummary, FileSummary, PhaseSummary } from '../adw/summary-shape.ts';
import { tokensTold } from '../adw/tokens.ts';
import type { NetChange } from './changed-files.ts';
import type { Failure } from './record.ts';
import type { ExportVerification } from './shape.ts';

/** What the page for a pull request says. */
export interface MarkdownParts {
  readonly summary: AdwSummary;
  readonly failures: readonly Failure[];
  /** What each file has become, by path. */
  readonly changes: ReadonlyMap<string, NetChange>;
  readonly verification: ExportVerification;
  /** Where the run can be looked at; absent where nowhere. */
  readonly link?: string | undefined;
}

/** Rows of each list: a comment of a pull request holds 65,536 characters. */
const FAILURES_MAX = 20;
const FILES_MAX = 60;
const TEXT_CHARS_MAX = 300;

const MARKS: Readonly<Record<string, string>> = {
  completed: '✅',
  failed: '❌',
  ended_without_result: '⚠️',
  stalled: '⚠️',
  running: '▶️',
  waiting: '⏸️',
  between_roles: '▶️',
  pending: '○',
  skipped: '○',
};

/** A run as a page for a pull request: outcome and why, phases, cost, failures, files with what they have become, where to look. */
export function exportedMarkdown({ summary, failures, changes, verification, link }: MarkdownParts): string {
  const parts = [
    headOf(summary),
    totalsOf(summary),
    phasesOf(summary.phases),
    failuresOf(failures, summary.totals.errors),
    filesOf(summary.files, changes),
    footOf(summary, verification, link),
  ];
  return `${parts.filter(part => part !== '').join('\n\n')}\n`;
}

function headOf({ adw_id: adwId, status, why, title, issue_number: issue }: AdwSummary): string {
  // A forge makes a link of the issue's number.
  const number = issue !== null && /^\d+$/.test(issue) ? `#${issue}` : prose(issue ?? '');
  const name = [number, prose(title ?? '')].filter(Boolean).join(' ');
  const heading = `### ${MARKS[status] ?? '○'} ${prose(status.replaceAll('_', ' '))}${name === '' ? '' : ` · ${name}`}`;
  return `${heading}\n\n${prose(why)}\n\nADW ${code(adwId)}`;
}

function totalsOf({
  totals,
  elapsed_ms: elapsedMs,
  elapsed_estimated: isEstimated,
  branch,
  pull_request: pull,
}: AdwSummary) {
  const input = totals.input_tokens + totals.cache_read_tokens + totals.cache_write_tokens;
  const rows: (readonly [string, string])[] = [
    ['Time', formatElapsed(elapsedMs, isEstimated)],
    ['Cost', `${formatSpending(totals)}${totals.cost_estimated ? ' (at least)' : ''}`],
    [
      'Tokens',
      tokensTold(totals) === null
        ? '–'
        : `${formatTokens(input)} in (${formatTokens(totals.cache_read_tokens)} from cache), ${formatTokens(totals.output_tokens)} out`,
    ],
    ['Tool calls', `${grouped(totals.tools)}, ${grouped(totals.tool_errors)} failed`],
    ...(branch === null ? [] : [['Branch', code(branch)] as const]),
    ...(pull === null ? [] : [['Pull request', code(pull)] as const]),
  ];
  return table(['', ''], rows);
}

function phasesOf(phases: readonly PhaseSummary[]): string {
  const ran = phases.filter(({ status }) => status !== 'pending');
  if (ran.length === 0) return '';
  return table(
    ['Phase', 'State', 'Time', 'Cost', 'Attempts'],
    ran.map(phase => [
      prose(phase.name),
      `${MARKS[phase.status] ?? '○'} ${phase.status.replaceAll('_', ' ')}`,
      formatElapsed(phase.duration_ms, phase.duration_estimated),
      formatSpending(phase),
      grouped(phase.attempts),
    ]),
  );
}

function failuresOf(failures: readonly Failure[], errors: number): string {
  if (failures.length === 0) return '';
  // The last ones decide how it ended.
  const shown = failures.slice(-FAILURES_MAX);
  const rest = failures.length - shown.length;
  const rows = shown.map(({ role, what, words }) => {
    const said = oneLine(words, TEXT_CHARS_MAX);
    return `- ${role === undefined ? '' : `${code(role)} `}${code(oneLine(what, TEXT_CHARS_MAX))}${said === '' ? '' : `: ${code(said)}`}`;
  });
  if (rest > 0) rows.unshift(`- ${grouped(rest)} earlier ones are left out`);
  const title = `What failed (${grouped(errors === 0 ? failures.length : errors)} ${errors === 1 ? 'error' : 'errors'})`;
  return details(title, rows.join('\n'));
}

function filesOf(files: readonly FileSummary[], changes: ReadonlyMap<string, NetChange>): string {
  if (files.length === 0) return '';
  const net = (file: FileSummary) => changes.get(file.path) ?? summed(file);
  const sorted = files.toSorted((a, b) => weight(net(b)) - weight(net(a)) || a.path.localeCompare(b.path));
  const shown = sorted.slice(0, FILES_MAX);
  const isSummed = shown.map(net).some(({ isNet, added }) => !isNet && added !== null);
  const rows = shown.map(file => {
    const { added, removed, isNet, changes: edits } = net(file);
    const mark = isNet ? '' : ' \\*';
    return [
      code(file.path),
      prose(file.operation),
      added === null ? '' : `+${grouped(added)}${mark}`,
      removed === null ? '' : `−${grouped(removed)}${mark}`,
      grouped(edits),
    ];
  });
  const notes = [
    ...(files.length > shown.length ? [`${grouped(files.length - shown.length)} more files are left out.`] : []),
    ...(isSummed
      ? ['\\* The sum of all edits: the record does not hold them whole, or something else wrote to the file.']
      : []),
  ];
  return details(
    `Files (${grouped(files.length)})`,
    [table(['File', '', '+', '−', 'Edits'], rows), ...notes].join('\n\n'),
  );
}

function summed({ lines_added: added, lines_removed: removed, changes }: FileSummary): NetChange {
  return { added, removed, changes, isNet: changes === 1 };
}

const weight = ({ added, removed }: NetChange): number => (added ?? 0) + (removed ?? 0);

function footOf(
  { adw_id: adwId }: AdwSummary,
  { is_complete: isComplete, compared_with: comparedWith, files }: ExportVerification,
  link: string | undefined,
) {
  const lines = files.reduce((sum, file) => sum + file.lines, 0);
  const extent = `${grouped(lines)} lines in ${grouped(files.length)} files`;
  const verdict = !isComplete
    ? `⚠️ The record is not whole: ${grouped(files.filter(({ difference }) => difference !== undefined).length)} of ${grouped(files.length)} files differ.`
    : `Recorded by adw-stream, verified ${comparedWith === 'disk' ? 'against the files' : 'in itself'}: ${extent}.`;
  return link === undefined ? verdict : `${verdict} [Look at ${adwId}](${address(link)})`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  // A bar ends a cell, in code too.
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll(/(?<!\\)\|/g, '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const details = (title: string, body: string): string =>
  `<details>\n<summary>${title}</summary>\n\n${body}\n\n</details>`;

/** What markdown, or a forge that shows it, would take for more than text. */
const SPECIAL = /[\\`*_{}[\]()#+\-.!|<>~&:@$]/g;

/**
 * Text of a run as text and nothing else: no markup, no HTML, no link, no person mentioned and no issue named. A forge looks for names
 * and addresses once escapes are gone, so that a comment of HTML stands behind what begins one.
 */
function prose(text: string): string {
  return oneLine(stripControl(text), TEXT_CHARS_MAX)
    .replaceAll(SPECIAL, '\\$&')
    .replaceAll(/\\[@#:]/g, '$&<!-- -->')
    .replaceAll(/\bwww\b|\bGH\b/gi, '$&<!-- -->');
}

/** Text of a run as code: nothing in it means anything. */
function code(text: string): string {
  const line = stripControl(text).replaceAll(/\s+/g, ' ').trim();
  if (line === '') return '';
  const fence = '`'.repeat(Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  const space = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${space}${line}${space}${fence}`;
}

const address = (link: string): string => link.replaceAll(/[\s<>()[\]\\]/g, encodeURIComponent);
