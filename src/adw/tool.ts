import { cutMiddle, oneLine, stripControl } from './format.ts';
import { ownText } from './own-text.ts';
import { displayPath } from './path.ts';

/** Names of the tool that starts a sub-agent: Claude Code called it `Task` before it called it `Agent`. */
export const SUB_AGENT_TOOLS: ReadonlySet<string> = new Set(['Task', 'Agent']);

type Input = Readonly<Record<string, unknown>>;

/** Which of a tool's arguments says what the call is about. Kept as data: one row a tool. */
const KEY_ARGUMENTS: Readonly<Record<string, (input: Input) => string>> = {
  Bash: input => text(input.command),
  BashOutput: input => text(input.bash_id),
  KillShell: input => text(input.shell_id),
  Grep: input => text(input.pattern),
  Glob: input => text(input.pattern),
  Task: input => text(input.description),
  Agent: input => text(input.description),
  TaskOutput: input => text(input.task_id),
  TaskCreate: input => text(input.subject) || text(input.description),
  TaskUpdate: input => [text(input.taskId), text(input.status)].filter(Boolean).join(' '),
  WebFetch: input => hostOf(text(input.url)),
  WebSearch: input => text(input.query),
  Skill: input => text(input.skill) || text(input.command),
  SlashCommand: input => text(input.command),
  ToolSearch: input => text(input.query),
  TodoWrite: todoProgress,
};

/** Arguments that tell most in tools that have no row above, best first. */
const TELLING = ['command', 'file_path', 'path', 'url', 'query', 'pattern', 'description', 'prompt', 'name', 'id'];

/** Tools whose key argument is a path, and the argument. */
const PATH_ARGUMENTS: Readonly<Record<string, string>> = {
  Read: 'file_path',
  Edit: 'file_path',
  MultiEdit: 'file_path',
  Write: 'file_path',
  NotebookEdit: 'notebook_path',
  LS: 'path',
};

/** Whether what {@link describeTool} says of the tool is a path: cut at either end, many would look alike. */
export function isPathTool(name: string): boolean {
  return Object.hasOwn(PATH_ARGUMENTS, name);
}

/**
 * The key argument of a tool call on one line, at most 200 characters, safe to print; empty when nothing tells.
 * An MCP tool (`mcp__server__tool`) begins with `server·tool`.
 * @param cwd the directory that the agent works in: paths below it are written relative to it
 */
export function describeTool(name: string, input: unknown, cwd?: string | null): string {
  const fields: Input = typeof input === 'object' && input !== null ? (input as Input) : {};
  if (isPathTool(name)) return describePath(fields, PATH_ARGUMENTS[name] ?? '', cwd ?? null);
  const mcp = /^mcp__(.+?)__(.+)$/.exec(name);
  const own = Object.hasOwn(KEY_ARGUMENTS, name) ? KEY_ARGUMENTS[name] : undefined;
  const argument = own === undefined ? telling(fields) : own(fields);
  return oneLine(stripControl([mcp === null ? '' : `${mcp[1]}·${mcp[2]}`, cut(argument)].filter(Boolean).join(' ')));
}

function describePath(fields: Input, key: string, cwd: string | null): string {
  const path = oneLine(stripControl(cut(text(fields[key]))), 2_000);
  const { offset, limit } = fields;
  const lines =
    typeof offset !== 'number' ? '' : typeof limit === 'number' ? `:${offset}-${offset + limit - 1}` : `:${offset}`;
  // Where no directory is known, the path stays as it was written, to be found by it.
  const shown = cwd === null ? path : displayPath(path, { bases: [cwd] });
  return ownText(cutMiddle(`${shown}${lines}`, 200));
}

function telling(input: Input): string {
  for (const key of TELLING) {
    const value = text(input[key]);
    if (value !== '') return value;
  }
  return '';
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

function todoProgress(input: Input): string {
  if (!Array.isArray(input.todos)) return '';
  const todos = input.todos as readonly { status?: unknown; content?: unknown }[];
  const done = todos.filter(todo => todo?.status === 'completed').length;
  const current = todos.find(todo => todo?.status === 'in_progress');
  return [`${done}/${todos.length}`, text(current?.content)].filter(Boolean).join(' ');
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

function cut(value: string): string {
  return value.slice(0, 2_000);
}
