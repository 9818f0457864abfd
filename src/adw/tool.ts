import { oneLine, stripControl } from './format.ts';

/** Names of the tool that starts a sub-agent: Claude Code called it `Task` before it called it `Agent`. */
export const SUB_AGENT_TOOLS: ReadonlySet<string> = new Set(['Task', 'Agent']);

type Input = Readonly<Record<string, unknown>>;

/** Which of a tool's arguments says what the call is about. Kept as data: one row a tool. */
const KEY_ARGUMENTS: Readonly<Record<string, (input: Input) => string>> = {
  Bash: input => text(input.command),
  BashOutput: input => text(input.bash_id),
  KillShell: input => text(input.shell_id),
  Read: pathAndLines,
  Edit: input => text(input.file_path),
  MultiEdit: input => text(input.file_path),
  Write: input => text(input.file_path),
  NotebookEdit: input => text(input.notebook_path),
  Grep: input => text(input.pattern),
  Glob: input => text(input.pattern),
  LS: input => text(input.path),
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

/**
 * The key argument of a tool call on one line, at most 200 characters, safe to print; empty when nothing tells.
 * An MCP tool (`mcp__server__tool`) begins with `server·tool`.
 */
export function describeTool(name: string, input: unknown): string {
  const fields: Input = typeof input === 'object' && input !== null ? (input as Input) : {};
  const mcp = /^mcp__(.+?)__(.+)$/.exec(name);
  const own = Object.hasOwn(KEY_ARGUMENTS, name) ? KEY_ARGUMENTS[name] : undefined;
  const argument = own === undefined ? telling(fields) : own(fields);
  return oneLine(stripControl([mcp === null ? '' : `${mcp[1]}·${mcp[2]}`, cut(argument)].filter(Boolean).join(' ')));
}

function telling(input: Input): string {
  for (const key of TELLING) {
    const value = text(input[key]);
    if (value !== '') return value;
  }
  return '';
}

function pathAndLines(input: Input): string {
  const path = text(input.file_path);
  const { offset, limit } = input;
  if (typeof offset !== 'number') return path;
  return typeof limit === 'number' ? `${path}:${offset}-${offset + limit - 1}` : `${path}:${offset}`;
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
