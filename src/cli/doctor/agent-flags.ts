import { type Finding, finding } from './check.ts';

/** Flags of Claude Code without which a run says less than it could, and what each adds. Its own default is to leave them out. */
export const AGENT_FLAGS: readonly { readonly flag: string; readonly adds: string }[] = [
  { flag: '--forward-subagent-text', adds: 'what sub-agents say and think, not only their calls' },
  { flag: '--thinking-display summarized', adds: 'what an agent thinks, where newer models keep it to themselves' },
  { flag: '--include-hook-events', adds: 'which hooks ran, what they said and how they ended' },
];

/** What a workflow's call of `claude` can add so that its run shows more. Nothing is wrong without. */
export function agentFlagFindings(): Finding[] {
  return AGENT_FLAGS.map(({ flag, adds }) => finding('to see more').ok(`claude ${flag}: ${adds}`));
}
