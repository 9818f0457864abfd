import type { LineEvents } from '../line-events.ts';
import { firstChars } from '../preview.ts';

/** How a session of a program other than Claude Code begins. What is absent was not said. */
export interface SessionStart {
  /** The program's name, for people. */
  readonly agent: string;
  readonly version?: string | undefined;
  /** The directory that the agent works in. */
  readonly cwd?: string | undefined;
  /** Whether the totals of its ends go on from those that the session had before, in whatever file. */
  readonly totalsGoOn?: true;
}

/** Adds a session's begin: `session_started`, and an entry for the log. */
export function startSession({ agent, version, cwd, totalsGoOn }: SessionStart, events: LineEvents): void {
  events.add('session_started', {
    agent,
    ...(version === undefined ? {} : { agent_version: firstChars(version, 40) }),
    ...(cwd === undefined ? {} : { cwd: firstChars(cwd) }),
    ...(totalsGoOn === undefined ? {} : { totals_go_on: totalsGoOn }),
  });
  const about = [version === undefined ? agent : `${agent} ${version}`, events.scope.model].filter(Boolean).join(', ');
  events.log('INFO', `session started (${about})`, { event_type: 'session_started' });
}
