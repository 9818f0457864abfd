import type { TaskStateWord, TaskSummary } from './summary-shape.ts';

/** How tasks are named where people read them: the terminal and the page share these. */

/** What a task is, in a word: the kind of sub-agent, else the kind of task without its place (`bash`). */
export function taskKind({ subagent_type: kind, task_type: type }: TaskSummary): string {
  return kind || type.replace(/^local_/, '') || 'task';
}

/** A task's state, and whether its agent goes on meanwhile: `running in the background`. */
export function taskStateText({ state, is_background: isBackground }: TaskSummary): string {
  return isBackground ? `${state} in the background` : state;
}

/** What a task does while it runs, why it failed, else what it is about. */
export function taskSays({ state, progress, error, description }: TaskSummary): string {
  if (state === 'running') return progress || description;
  return [description, state === 'completed' ? '' : (error ?? '')].filter(Boolean).join(': ');
}

/** The mark of each state. */
export const TASK_MARKS: Readonly<Record<TaskStateWord, string>> = {
  running: '●',
  completed: '✓',
  failed: '✗',
  stopped: '■',
  unfinished: '?',
};
