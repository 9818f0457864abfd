import type { ToolKind } from '../../../../event/tool-kind.ts';

/** What Gemini CLI's tools do, its older ones' names too. Those that are not here do none of it, as an MCP server's. */
const KINDS: Readonly<Record<string, ToolKind>> = {
  read_file: 'read',
  read_many_files: 'read',
  read_mcp_resource: 'read',
  get_internal_docs: 'read',
  replace: 'edit',
  write_file: 'write',
  run_shell_command: 'run',
  read_background_output: 'run',
  list_background_processes: 'run',
  glob: 'search',
  grep_search: 'search',
  search_file_content: 'search',
  list_directory: 'search',
  list_mcp_resources: 'search',
  web_fetch: 'fetch',
  google_web_search: 'fetch',
  write_todos: 'plan',
  tracker_create_task: 'plan',
  tracker_update_task: 'plan',
  tracker_get_task: 'plan',
  tracker_list_tasks: 'plan',
  tracker_add_dependency: 'plan',
  tracker_visualize: 'plan',
  invoke_agent: 'delegate',
  codebase_investigator: 'delegate',
  cli_help: 'delegate',
};

/** What a tool does; undefined where that is not known. */
export function geminiToolKind(name: string): ToolKind | undefined {
  return Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
}
