import type { ToolKind } from '../../../../event/tool-kind.ts';

/** What Pi's tools do, those of its own examples of extensions too. Those that are not here do none of it. */
const KINDS: Readonly<Record<string, ToolKind>> = {
  read: 'read',
  edit: 'edit',
  write: 'write',
  bash: 'run',
  powershell: 'run',
  grep: 'search',
  find: 'search',
  ls: 'search',
  tool_search: 'search',
  todo: 'plan',
  subagent: 'delegate',
};

/** What a tool does; undefined where that is not known. */
export function piToolKind(name: string): ToolKind | undefined {
  return Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
}
