import type { TaskSummary } from '../../../../src/adw/summary-shape.ts';
import { taskKind, taskSays, taskStateText } from '../../../../src/adw/task-words.ts';
import { dollars, duration, plural, short } from '../../base/text.ts';
import { table } from '../../state/timeline.ts';
import { jumpTo } from '../timeline/moves.ts';
import { Status } from './bits.tsx';
import { Output } from './output.tsx';

/** A task in figures: how long, how many calls, tokens, and what is known of its cost. */
function taskFigures(task: TaskSummary): string {
  const tokens = task.total_tokens === null ? '' : `${short(task.total_tokens)} tokens`;
  const cost = task.cost_usd === null ? '' : `about ${dollars(task.cost_usd)}`;
  return [duration(task.duration_ms), plural(task.tools, 'tool'), tokens, cost].filter(Boolean).join(' · ');
}

/** All that is known of a task, on a few lines: what a mouse that rests on it is told. */
export function taskTitle(task: TaskSummary): string {
  const said = task.error ?? task.result ?? task.progress;
  return [`${taskKind(task)}: ${task.description}`, taskStateText(task), taskFigures(task), said]
    .filter(Boolean)
    .join('\n');
}

/** One task with how it stands, what it came to, and the tasks that it launched itself. @param below those behind it in the tree */
export function TaskCard({ task, below }: { task: TaskSummary; below: readonly TaskSummary[] }) {
  const said = task.error ?? task.result ?? task.progress;
  return (
    <section class="task-card" aria-label="Task">
      <p>
        <Status status={task.state} quiet /> <b>{taskKind(task)}</b> {task.description}
      </p>
      <p class="muted">
        {taskStateText(task)} · {taskFigures(task)}
      </p>
      {said && <Output text={said} lines={8} />}
      {below.length > 0 && (
        <ul class="attempts">
          {below.map(one => (
            <li key={one.task_id ?? one.tool_use_id}>
              <button
                type="button"
                class="attempt sub-agent"
                style={{ paddingInlineStart: `${Math.min(one.depth - task.depth, 6) * 0.9}rem` }}
                title={taskTitle(one)}
                onClick={() => jumpTo(table.peek().ordinalOfUse(one.tool_use_id ?? undefined))}
              >
                <Status status={one.state} quiet />
                <span class="ellipsis">
                  {taskKind(one)} <span class="muted">{taskSays(one)}</span>
                </span>
                <span class="muted end">{duration(one.duration_ms)}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
