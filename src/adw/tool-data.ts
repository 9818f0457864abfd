/** What a tool call carries, whatever its shape: its input as fields, the file it touches, its output as text. Pure. */

/** An input as a record; previews may arrive as text that was cut in the middle of its JSON. */
export function inputOf(data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const input = data.input ?? data.tool_input;
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Record<string, unknown>;
  if (typeof input !== 'string') return {};
  try {
    const parsed: unknown = JSON.parse(input);
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // Cut JSON: the first string fields are usually whole.
    const found: Record<string, unknown> = {};
    for (const match of input.matchAll(/"(\w+)":\s*"((?:[^"\\]|\\.)*)"/g)) found[match[1]!] = match[2];
    return found;
  }
  return {};
}

type Input = Readonly<Record<string, unknown>>;

/** What arguments are called that say the same, in the tools of every program whose lines are understood. */
const NAMES = {
  path: ['file_path', 'filePath', 'notebook_path', 'absolute_path', 'path', 'dir_path'],
  command: ['command', 'cmd'],
  before: ['old_string', 'oldString', 'oldText'],
  after: ['new_string', 'newString', 'newText'],
  agent: ['subagent_type', 'agent_name'],
  patch: ['patchText', 'patch', 'input'],
  item: ['content', 'description', 'step', 'subject', 'text'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Names of arguments that are paths. */
export const PATH_ARGUMENTS: readonly string[] = NAMES.path;

function named(input: Input, names: readonly string[]): string | undefined {
  return names.map(name => input[name]).find((value): value is string => typeof value === 'string' && value !== '');
}

/** The file a call touches, the first where a patch touches several; undefined where it names none. */
export function fileOf(input: Input): string | undefined {
  return (
    named(input, NAMES.path) ?? /^\*\*\* (?:Add|Update|Delete) File: (.+)$/m.exec(named(input, NAMES.patch) ?? '')?.[1]
  );
}

/** The command that a call runs, its words as one text; undefined where it runs none. */
export function commandOf(input: Input): string | undefined {
  const list = NAMES.command.map(name => input[name]).find(Array.isArray);
  return named(input, NAMES.command) ?? list?.filter(part => typeof part === 'string').join(' ');
}

/** What kind of sub-agent a call launches; undefined where it names none. */
export function agentTypeOf(input: Input): string | undefined {
  return named(input, NAMES.agent);
}

/** What an item of a list that a call writes says; empty where it says nothing. */
export function todoText(item: unknown): string {
  if (typeof item === 'string') return item;
  return typeof item === 'object' && item !== null ? (named(item as Input, NAMES.item) ?? '') : '';
}

/** One text that a call puts in another's place. */
export interface Replacement {
  readonly before: string;
  readonly after: string;
}

/** What a call replaces in a file: one text, or several as a list of `edits`; none where it says it otherwise. */
export function replacementsOf(input: Input): Replacement[] {
  const list = Array.isArray(input.edits) ? (input.edits as readonly unknown[]) : [input];
  return list.flatMap(edit => {
    if (typeof edit !== 'object' || edit === null) return [];
    const [before, after] = [named(edit as Input, NAMES.before), named(edit as Input, NAMES.after)];
    return before === undefined && after === undefined ? [] : [{ before: before ?? '', after: after ?? '' }];
  });
}

/** The exit code that a command's output names, as the programs write it; undefined where it names none. */
export function exitCodeIn(output: string): string | undefined {
  return /^Exit code (\d+)|(?:^|\n)Command exited with code:? (\d+)\s*$/.exec(output)?.slice(1).find(Boolean);
}

/** Text of a tool's output, whatever its shape: a string, content blocks, or an object. */
export function outputText(output: unknown): string {
  if (typeof output === 'string') return output;
  if (output === null || output === undefined) return '';
  if (Array.isArray(output)) {
    return output
      .map(block => {
        if (typeof block === 'string') return block;
        const record = block as Record<string, unknown> | null;
        return typeof record?.text === 'string'
          ? record.text
          : record?.type === 'image'
            ? '[image]'
            : JSON.stringify(block);
      })
      .join('\n');
  }
  return JSON.stringify(output, null, 2);
}
