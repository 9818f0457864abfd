import { claudeToolKind, type ToolKind } from '../event/tool-kind.ts';
import { cutMiddle, oneLine, stripControl } from './format.ts';
import { ownText } from './own-text.ts';
import { displayPath } from './path.ts';
import { agentTypeOf, commandOf, fileOf, todoText } from './tool-data.ts';

type Input = Readonly<Record<string, unknown>>;

/** Which of a call's arguments says what it is about, by what its tool does: of several names the first that is there. */
const KEY_ARGUMENTS: Readonly<Record<Exclude<ToolKind, 'read' | 'edit' | 'write'>, (input: Input) => string>> = {
  run: input => commandText(input) ?? first(input, 'bash_id', 'shell_id'),
  search: input => first(input, 'pattern', 'query') || (fileOf(input) ?? ''),
  fetch: input => hostOf(text(input.url)) || first(input, 'query', 'prompt'),
  plan: input => todoProgress(input) || first(input, 'subject', 'title', 'description') || taskUpdated(input),
  delegate: input => first(input, 'description') || (agentTypeOf(input) ?? first(input, 'objective', 'prompt')),
};

/** Tools of Claude Code whose kind does not say which argument tells most. */
const OWN_ARGUMENTS: Readonly<Record<string, (input: Input) => string>> = {
  LS: input => text(input.path),
  TaskOutput: input => text(input.task_id),
  Skill: input => first(input, 'skill', 'command'),
  SlashCommand: input => text(input.command),
};

/** Arguments that tell most in tools that have no row above, best first. */
const TELLING = ['command', 'file_path', 'path', 'url', 'query', 'pattern', 'description', 'prompt', 'name', 'id'];

/** Whether what {@link describeTool} says of a tool of that kind is a path: cut at either end, many would look alike. */
export function saysPath(kind: ToolKind | undefined): kind is 'read' | 'edit' | 'write' {
  return kind === 'read' || kind === 'edit' || kind === 'write';
}

/**
 * The key argument of a tool call on one line, at most 200 characters, safe to print; empty when nothing tells.
 * An MCP tool (`mcp__server__tool`) begins with `server·tool`.
 * @param cwd the directory that the agent works in: paths below it are written relative to it
 * @param kind what the tool does; by its name alone only Claude Code's are known
 */
export function describeTool(
  name: string,
  input: unknown,
  cwd: string | null = null,
  kind: ToolKind | undefined = claudeToolKind(name),
): string {
  const fields: Input = typeof input === 'object' && input !== null ? (input as Input) : {};
  const own = Object.hasOwn(OWN_ARGUMENTS, name) ? OWN_ARGUMENTS[name] : undefined;
  if (own === undefined && saysPath(kind)) return describePath(fields, cwd);
  const mcp = /^mcp__(.+?)__(.+)$/.exec(name);
  const argument = (own ?? (kind === undefined || saysPath(kind) ? telling : KEY_ARGUMENTS[kind]))(fields);
  return oneLine(stripControl([mcp === null ? '' : `${mcp[1]}·${mcp[2]}`, cut(argument)].filter(Boolean).join(' ')));
}

function describePath(fields: Input, cwd: string | null): string {
  const path = oneLine(stripControl(cut(fileOf(fields) ?? listed(fields.include) ?? telling(fields))), 2_000);
  const { offset, limit } = fields;
  const lines =
    typeof offset !== 'number' ? '' : typeof limit === 'number' ? `:${offset}-${offset + limit - 1}` : `:${offset}`;
  // Where no directory is known, the path stays as it was written, to be found by it.
  const shown = cwd === null ? path : displayPath(path, { bases: [cwd] });
  return ownText(cutMiddle(`${shown}${lines}`, 200));
}

/** Characters from which a command is told by its own description first. */
const LONG_COMMAND = 120;
/** Where a command goes before it does what it is for. */
const GOES_TO = /^\s*cd\s+(?:"[^"]*"|'[^']*'|[^\s;&|]+)\s*&&\s*(?=\S)/;

/** A command without the directory that it goes to first; a long one begins with what its agent says that it does. */
function commandText(input: Input): string | undefined {
  const command = commandOf(input)?.replace(GOES_TO, '');
  if (command === undefined) return undefined;
  const line = oneLine(stripControl(cut(command)), 2_000);
  const description = line.length > LONG_COMMAND || command.includes('\n') ? text(input.description) : '';
  return cutMiddle(description === '' ? line : `${description}: ${line}`, 200);
}

/** Several paths in one call. */
function listed(value: unknown): string | undefined {
  return Array.isArray(value) ? value.filter(one => typeof one === 'string').join(' ') : undefined;
}

function telling(input: Input): string {
  return first(input, ...TELLING);
}

/** The first of several arguments that says something. */
function first(input: Input, ...names: readonly string[]): string {
  return names.map(name => text(input[name])).find(value => value !== '') ?? '';
}

function taskUpdated(input: Input): string {
  return [text(input.taskId), text(input.status)].filter(Boolean).join(' ');
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

function todoProgress(input: Input): string {
  if (!Array.isArray(input.todos)) return '';
  const todos = input.todos as readonly ({ status?: unknown } | null)[];
  const done = todos.filter(todo => todo?.status === 'completed').length;
  const current = todos.find(todo => todo?.status === 'in_progress');
  return [`${done}/${todos.length}`, todoText(current)].filter(Boolean).join(' ');
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

function cut(value: string): string {
  return value.slice(0, 2_000);
}
