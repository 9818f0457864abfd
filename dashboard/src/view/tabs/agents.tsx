import type { RoleSummary, TaskSummary } from '../../../../src/adw/summary-shape.ts';
import { taskKind, taskStateText } from '../../../../src/adw/task-words.ts';
import { dollars, duration, plural, short, whole } from '../../base/text.ts';
import type { Session } from '../../data/session.ts';
import { spanOfTask } from '../../run/lanes.ts';
import { reached, roles, until } from '../../state/replay.ts';
import { go, view } from '../../state/store.ts';
import { overview, table } from '../../state/timeline.ts';
import { track } from '../../state/track.ts';
import { Empty, Skeleton, Status } from '../parts/bits.tsx';
import { jumpTo } from '../timeline/moves.ts';

interface Launched {
  readonly role: string;
  readonly task: TaskSummary;
}

/** Every task that agents launched, in their order: of one role after the other, each below the one that launched it. */
function tasksOf(all: readonly RoleSummary[]): Launched[] {
  return all.flatMap(({ role, attempts }) => attempts.flatMap(({ tasks }) => tasks.map(task => ({ role, task }))));
}

/** Sub-agents and what else ran beside agents: what each was to do, when it ran on the run's time axis, what it used, how it ended. */
export function Agents({ session }: { session: Session }) {
  void overview.value;
  const launched = tasksOf(roles.value);
  if (launched.length === 0) return session.complete.value ? <Empty title="No sub-agent was launched" /> : <Skeleton />;
  return (
    <div class="scroll padded">
      <p class="soft">
        {plural(launched.length, 'task')}; what they used is part of what their roles used.
        {view.value.scope !== '' && (
          <button type="button" class="link scope-end" onClick={() => go({ scope: '' })}>
            show all events again
          </button>
        )}
      </p>
      <div class="table-scroll" tabIndex={0} role="region" aria-label="Sub-agents">
        <table class="table agents-table">
          <thead>
            <tr>
              <th>What it was to do</th>
              <th>State</th>
              <th class="agent-when">When</th>
              <th class="num">Took</th>
              <th class="num">Calls</th>
              <th class="num">Tokens</th>
              <th class="num">Cost, estimated</th>
            </tr>
          </thead>
          <tbody>
            {launched.map(({ role, task }) => (
              <TaskRow key={`${role} ${task.task_id} ${task.tool_use_id}`} role={role} task={task} />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function TaskRow({ role, task }: Launched) {
  const { tool_use_id: id } = task;
  const isScoped = id !== null && view.value.scope === id;
  const said = task.error ?? task.result ?? task.progress;
  return (
    <tr class={isScoped ? 'scoped' : ''} aria-current={isScoped ? 'true' : undefined}>
      <td>
        <div class="agent-what" style={{ paddingInlineStart: `${(Math.min(task.depth, 6) - 1) * 14}px` }}>
          <button
            type="button"
            class="link"
            disabled={id === null}
            title={said ?? ''}
            onClick={() => jumpTo(table.peek().ordinalOfUse(id ?? undefined))}
          >
            {task.description || taskKind(task)}
          </button>{' '}
          <span class="muted">
            {taskKind(task)} · {role}
          </span>{' '}
          {id !== null && (
            <button
              type="button"
              class="link"
              aria-label={`its events: ${task.description || taskKind(task)}`}
              onClick={() => go({ scope: id, role: '', attempt: undefined, tab: 'timeline' }, 'push')}
            >
              its events
            </button>
          )}
          {task.error !== null && <p class="tone-bad">{task.error}</p>}
        </div>
      </td>
      <td>
        <Status status={task.state} /> {task.is_background && <span class="muted sr">{taskStateText(task)}</span>}
      </td>
      <td class="agent-when">
        <Bar task={task} />
      </td>
      <td class="num">{duration(task.duration_ms) || '–'}</td>
      <td class="num">
        {whole(task.tools)}
        {task.tool_errors > 0 && <span class="tone-bad"> ({whole(task.tool_errors)} failed)</span>}
      </td>
      <td class="num">{short(task.total_tokens)}</td>
      <td class="num">{task.cost_usd === null ? '–' : dollars(task.cost_usd)}</td>
    </tr>
  );
}

/** From when to when it ran, on the axis that the whole page has. */
function Bar({ task }: { task: TaskSummary }) {
  const on = track.value;
  const ran = spanOfTask(task, table.value, { on: reached.value, until: until.value });
  if (ran === undefined) return <span class="muted">–</span>;
  const share = (position: number) => (100 * (position - on.start)) / (on.end - on.start);
  const [from, to] = [Math.max(0, share(ran.from)), Math.min(100, share(ran.to))];
  return (
    <span class="agent-lane" aria-hidden="true">
      <span class={`agent-bar ${task.state}`} style={{ left: `${from}%`, width: `${Math.max(0.5, to - from)}%` }} />
    </span>
  );
}
