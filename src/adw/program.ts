import { textOf } from './read.ts';

type Data = Readonly<Record<string, unknown>>;

/** The program that an agent runs in, and its version; null where the event does not say it. */
export interface AgentProgram {
  readonly name: string | null;
  readonly version: string | null;
}

/** The program that a `session_started` tells of. Claude Code's name its version alone, in a field of its own. */
export function programOf({ agent, agent_version, claude_code_version }: Data): AgentProgram {
  const ofClaude = textOf(claude_code_version, 40);
  return {
    name: textOf(agent, 80) ?? (ofClaude === null ? null : 'Claude Code'),
    version: textOf(agent_version, 40) ?? ofClaude,
  };
}

/** The same in words, `Pi 1.6.0`; undefined where the event names no program. */
export function programWords(data: Data): string | undefined {
  const { name, version } = programOf(data);
  return name === null || version === null ? (name ?? undefined) : `${name} ${version}`;
}
