import { type FoldStep, ROLES_MAX } from './fold-step.ts';
import { oneLine } from './format.ts';
import { TOGETHER_MS } from './last-role.ts';
import { workflowRank } from './phase.ts';
import { entryOf, fieldsOf, setEntry, textOf } from './read.ts';
import type { Asked, RoleState, Ticket, Told } from './state.ts';

/** Characters of a title. */
const TITLE_CHARS_MAX = 200;

/** A role was given a prompt: the earliest sign that it begins, and the first of a run may be all that names it. */
export function prompted({ state, data, ms, id }: FoldStep, role: RoleState | undefined): void {
  if (role !== undefined && (role.prompt?.ms ?? 0) <= (ms ?? 0)) role.prompt = { ms, eventId: id };
  const text = askedFor(textOf(data.message, 2_000) ?? '');
  const asked: Asked = { text, ms, isLine: textOf(fieldsOf(data.source).fingerprint) !== null };
  const name = role?.role ?? '';
  const first = entryOf(state.ticket.asked, name);
  if (text !== '' && (first === undefined || inOrder(asked, first) < 0))
    setEntry(state.ticket.asked, name, asked, ROLES_MAX);
}

/** What a file asks comes before what an agent's line says, and the earlier before the later. */
function inOrder(a: Asked, b: Asked): number {
  return Number(a.isLine) - Number(b.isLine) || (isBefore(a, b) ? -1 : 1);
}

/** What the first prompt of the run asks for: of the first role, where a copy gave all prompts one time. */
export function firstAsked({ asked }: Ticket): string | undefined {
  const all = Object.entries(asked).map(([role, one]) => ({ ...one, rank: workflowRank(role) }));
  const times = all.filter(({ isLine }) => !isLine).map(({ ms }) => ms ?? 0);
  const isCopy = Math.max(...times) - Math.min(...times) < TOGETHER_MS;
  return all.toSorted((a, b) => (isCopy && a.isLine === b.isLine ? a.rank - b.rank : 0) || inOrder(a, b))[0]?.text;
}

/** Of two texts the older one, and of two of one time the one that sorts first: the order of arrival decides nothing. */
export function isBefore(a: Told, b: Told): boolean {
  return (a.ms ?? 0) < (b.ms ?? 0) || (a.ms === b.ms && a.text < b.text);
}

/** What a prompt asks for, on one line: `/command args` by its arguments, an issue among them by its title. */
export function askedFor(prompt: string): string {
  const title = /"title"\s*:\s*"((?:[^"\\]|\\.)+)"/.exec(prompt)?.[1];
  if (title !== undefined) return oneLine(unescaped(title), TITLE_CHARS_MAX);
  const line = prompt.split('\n').find(one => one.trim() !== '') ?? '';
  const [, command = '', rest = ''] = /^\s*\/([\w:-]+)\s*(.*)$/.exec(line) ?? [];
  if (command === '') return oneLine(line.replace(/^#+\s*/, ''), TITLE_CHARS_MAX);
  return oneLine(rest === '' ? `/${command}` : `${command}: ${rest}`, TITLE_CHARS_MAX);
}

/** A JSON string without its quotes; what is no such string is its own text. */
function unescaped(text: string): string {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return text;
  }
}

/** A file beside an agent's lines says how it ended; one that lies in no role's directory speaks of the run. */
export function fileSays({ state, data, ms, id }: FoldStep, role: RoleState | undefined): void {
  const outcome = fieldsOf(data.outcome);
  if (typeof outcome.success !== 'boolean') return;
  const text = oneLine(textOf(outcome.error) ?? textOf(data.message) ?? '');
  if (role !== undefined) {
    if ((role.said?.ms ?? 0) <= (ms ?? 0)) role.said = { success: outcome.success, text, ms, eventId: id };
  } else if (!outcome.success) {
    const end = { errors: [text], isOver: false, ms, writtenMs: ms, eventId: id };
    setEntry(state.logs, 'error_response', end, 100);
  }
}

/** What a command did to the repository, as its result says: where the state file names a branch, that stands. */
export function gitChanged({ state: { ticket }, data, ms }: FoldStep): void {
  const { commit, push, branch, pr } = fieldsOf(data.git);
  ticket.commit = newerOf(ticket.commit, { text: textOf(fieldsOf(commit).sha, 64), ms });
  ticket.pullRequest = newerOf(ticket.pullRequest, { text: textOf(fieldsOf(pr).url, 500), ms });
  const onBranch = [fieldsOf(commit).branch, fieldsOf(push).branch, fieldsOf(branch).ref, branch];
  ticket.branch ??= onBranch.map(one => textOf(one, 250)).find(one => one !== null) ?? null;
}

/** What was told last, if anything was: files may be read in any order. */
export function newerOf(known: Told | null, { text, ms }: { text: string | null; ms: number | null }): Told | null {
  return text === null || (known !== null && isBefore({ text, ms }, known)) ? known : { text, ms };
}

/** The address of the last pull request that a text names. */
export function pullRequestIn(text: unknown): string | null {
  if (typeof text !== 'string') return null;
  return text.match(/https?:\/\/[\w.-]+\/[\w./-]+\/(?:pull|pulls|merge_requests)\/\d+/g)?.at(-1) ?? null;
}

/** A branch as a person reads it: `feature-issue-6-adw-1a2b3c4d-add-colours` is "add colours". */
export function branchTitle(branch: string, adwId: string): string | null {
  const slug = branch.split('/').at(-1)?.split(adwId).at(-1) ?? '';
  const words = slug
    .replace(/^[-_]*(?:(?:feature|feat|bug|fix|chore|patch|issue|adw|\d+)[-_]+)*/i, '')
    .replaceAll(/[-_]+/g, ' ')
    .trim();
  return words === '' ? null : words;
}
