import type { TaskWord } from '../../session/tasks.ts';

/** What a status of Claude Code says of a task; undefined for one that is not known. */
export function taskWordOf(status: unknown): TaskWord | undefined {
  switch (status) {
    case 'pending':
    case 'running':
    case 'paused':
      return 'running';
    case 'completed':
      return 'completed';
    case 'failed':
    case 'error':
      return 'failed';
    case 'killed':
    case 'stopped':
    case 'cancelled':
      return 'stopped';
    default:
      return undefined;
  }
}
