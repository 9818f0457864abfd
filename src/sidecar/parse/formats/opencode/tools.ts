import type { ToolKind } from '../../../../event/tool-kind.ts';

/** What OpenCode's tools do, its older ones' names too. Those that are not here do none of it, as an MCP server's. */
const KINDS: Readonly<Record<string, ToolKind>> = {
  read: 'read',
  edit: 'edit',
  multiedit: 'edit',
  patch: 'edit',
  apply_patch: 'edit',
  write: 'write',
  bash: 'run',
  glob: 'search',
  grep: 'search',
  list: 'search',
  lsp: 'search',
  codesearch: 'search',
  webfetch: 'fetch',
  websearch: 'fetch',
  todowrite: 'plan',
  todoread: 'plan',
  task: 'delegate',
};

/** What a tool does; undefined where that is not known. */
export function openCodeToolKind(name: string): ToolKind | undefined {
  return Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
}
