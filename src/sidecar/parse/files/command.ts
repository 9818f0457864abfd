import type { NewEvent } from '../../../event/schema.ts';
import { collectFileEvents } from './file-events.ts';

/** A command that a watcher runs, and its end where that is known. */
export interface CommandRun {
  readonly adwId: string;
  /** As typed. */
  readonly command: readonly string[];
  /** When it was started, ms since the Unix epoch: two runs of one command are two. */
  readonly startedMs: number;
  /** When that which is told happened, ms since the Unix epoch. */
  readonly nowMs: number;
  /** Undefined while it runs. */
  readonly exitCode: number | undefined;
}

/** What a command that was run says of the whole run: that its process lives, or how it ended. */
export function commandEvents({ adwId, command, startedMs, nowMs, exitCode }: CommandRun): readonly NewEvent[] {
  const time = { ms: nowMs, timing: 'exact' as const };
  const list = collectFileEvents({ adwId, path: 'command', time }, `${startedMs} ${exitCode ?? ''}`);
  const name = command.join(' ').slice(0, 200);
  list.add('status_update', {
    workflow_name: '',
    status: exitCode === undefined ? 'started' : exitCode === 0 ? 'completed' : 'failed',
    message: exitCode === undefined ? `${name} runs` : `${name} ended with exit code ${exitCode}`,
    told_by: 'command',
  });
  return list.events;
}
