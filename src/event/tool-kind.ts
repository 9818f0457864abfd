/** What a tool does, whatever its program calls it. */
export const TOOL_KINDS = ['read', 'edit', 'write', 'run', 'search', 'fetch', 'plan', 'delegate'] as const;

/** One of {@link TOOL_KINDS}. A tool that is none of them has no kind. */
export type ToolKind = (typeof TOOL_KINDS)[number];

/**
 * Claude Code's tools. Its events, and those of the reference project's clients, have the tool's name alone; the events of
 * other programs say the kind beside it.
 */
const CLAUDE_TOOLS: Readonly<Record<string, ToolKind>> = {
  Read: 'read',
  NotebookRead: 'read',
  Edit: 'edit',
  MultiEdit: 'edit',
  NotebookEdit: 'edit',
  Write: 'write',
  Bash: 'run',
  BashOutput: 'run',
  KillShell: 'run',
  Grep: 'search',
  Glob: 'search',
  LS: 'search',
  ToolSearch: 'search',
  WebFetch: 'fetch',
  WebSearch: 'fetch',
  TodoWrite: 'plan',
  TaskCreate: 'plan',
  TaskUpdate: 'plan',
  TaskList: 'plan',
  TaskGet: 'plan',
  Task: 'delegate',
  Agent: 'delegate',
};

/** What a tool call's tool does, by the event of its beginning or end; undefined where that is not known. */
export function toolKindOf(data: Readonly<Record<string, unknown>>): ToolKind | undefined {
  const said = TOOL_KINDS.find(kind => kind === data.tool_kind);
  return said ?? (typeof data.tool_name === 'string' ? claudeToolKind(data.tool_name) : undefined);
}

/** What one of Claude Code's tools does; undefined for another name. */
export function claudeToolKind(name: string): ToolKind | undefined {
  return Object.hasOwn(CLAUDE_TOOLS, name) ? CLAUDE_TOOLS[name] : undefined;
}
