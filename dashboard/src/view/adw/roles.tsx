import { useSignal } from '@preact/signals';
import { isEnded } from '../../../../src/adw/run-state.ts';
import type { AttemptSummary, RoleSummary, TaskSummary } from '../../../../src/adw/summary-shape.ts';
import { taskKind, taskSays } from '../../../../src/adw/task-words.ts';
import { clockSpan, duration, plural, spending } from '../../base/text.ts';
import { toolLabel } from '../../run/tools.ts';
import { moment, roles, summary } from '../../state/replay.ts';
import { drawer, go, prefer, view } from '../../state/store.ts';
import { Chip, Status } from '../parts/bits.tsx';
import { Icon } from '../parts/icon.tsx';
import { Middle } from '../parts/middle.tsx';
import { Splitter } from '../parts/splitter.tsx';
import { taskTitle } from '../parts/task-card.tsx';
import { Spark } from './spark.tsx';

/** Roles → attempts → tasks: how each stands and what it does. */
export function Roles() {
  return (
    <nav class="roles" aria-label="Roles">
      <div class="pane-title">
        <h2>Roles</h2>
        <span class="muted">{roles.value.length}</span>
      </div>
      <ul class="role-list">
        <li>
          <button
            type="button"
            class="role all"
            aria-pressed={view.value.role === '' && view.value.scope === ''}
            onClick={() => select({ role: '', attempt: undefined, scope: '' })}
          >
            <Icon name="list" /> <span class="role-name">all roles</span> <kbd>0</kbd>
          </button>
        </li>
        {roles.value.map((role, i) => (
          <Role key={role.role} role={role} digit={i + 1} />
        ))}
      </ul>
      <Splitter
        label="Width of the roles"
        side="right"
        min={140}
        maxShare={0.3}
        onResize={rolesPx => prefer({ rolesPx })}
      />
    </nav>
  );
}

function select(patch: { role: string; attempt: number | undefined; scope: string }): void {
  go({ ...patch, phase: '', tab: 'timeline' });
  drawer.value = false;
}

function Role({ role, digit }: { role: RoleSummary; digit: number }) {
  const closed = useSignal(false);
  const { attempts } = role;
  const active = view.value.role === role.role;
  const children = attempts.length > 1 || attempts.some(attempt => attempt.tasks.length > 0);
  return (
    <li>
      <div class={`role-line ${active ? 'active' : ''}`}>
        {children ? (
          <button
            type="button"
            class={`twisty ${closed.value ? '' : 'open'}`}
            aria-expanded={!closed.value}
            aria-label={`Attempts and tasks of ${role.role}`}
            onClick={() => (closed.value = !closed.value)}
          >
            <Icon name="chevron" />
          </button>
        ) : (
          <span class="twisty" />
        )}
        <button
          type="button"
          class="role"
          aria-pressed={active && view.value.attempt === undefined && view.value.scope === ''}
          title={roleTitle(role)}
          onClick={() => select({ role: active ? '' : role.role, attempt: undefined, scope: '' })}
        >
          <span class="role-top">
            <Status status={role.status} quiet />
            <Middle class="role-name" text={role.role || 'workflow'} isPath={false} />
            {role.errors > 0 && (
              <Chip tone="bad" title={plural(role.errors, 'error')}>
                {role.errors}
                <span class="sr"> errors</span>
              </Chip>
            )}
            {digit <= 9 && <kbd class="role-digit">{digit}</kbd>}
          </span>
          <span class="role-bottom muted">
            {role.activity ? (
              <span class="ellipsis tone-live">
                {toolLabel(role.activity.tool ?? role.activity.kind)} <span class="mono">{role.activity.argument}</span>
              </span>
            ) : (
              <span>
                {role.attempts.length === 0 ? silence(role) : `${plural(role.tools, 'tool')} · ${spending(role)}`}
              </span>
            )}
            <Spark role={role.role} />
          </span>
        </button>
      </div>
      {children && !closed.value && (
        <ul class="attempts">
          {attempts.map(attempt => (
            <Attempt key={attempt.attempt} role={role.role} attempt={attempt} only={attempts.length === 1} />
          ))}
        </ul>
      )}
    </li>
  );
}

function Attempt({ role, attempt, only }: { role: string; attempt: AttemptSummary; only: boolean }) {
  const { value } = view;
  const active = value.role === role && value.attempt === attempt.attempt;
  return (
    <>
      {!only && (
        <li>
          <button
            type="button"
            class="attempt"
            aria-pressed={active}
            title={attempt.outcome ?? attempt.reason}
            onClick={() => select({ role, attempt: active ? undefined : attempt.attempt, scope: '' })}
          >
            <Status status={attempt.status} quiet /> attempt {attempt.attempt}
            <span class="muted end">
              {attempt.duration_ms !== null && attempt.duration_estimated && '~'}
              {duration(attempt.duration_ms)}
            </span>
          </button>
        </li>
      )}
      {attempt.tasks.map(task => (
        <Task key={task.task_id ?? task.tool_use_id} role={role} task={task} />
      ))}
    </>
  );
}

/** A sub-agent, or a command beside the agent; its depth in the tree is how far it is moved in. */
function Task({ role, task }: { role: string; task: TaskSummary }) {
  const active = task.tool_use_id !== null && view.value.scope === task.tool_use_id;
  const kind = taskKind(task);
  return (
    <li style={{ paddingInlineStart: `${(Math.min(task.depth, 6) - 1) * 0.9}rem` }}>
      <button
        type="button"
        class="attempt sub-agent"
        aria-pressed={active}
        disabled={task.tool_use_id === null}
        title={taskTitle(task)}
        onClick={() => select({ role, attempt: undefined, scope: active ? '' : (task.tool_use_id ?? '') })}
      >
        <Status status={task.state} quiet />
        <span class="ellipsis">
          {kind} <span class="muted">{taskSays(task)}</span>
        </span>
        <span class="muted end">{duration(task.duration_ms)}</span>
      </button>
    </li>
  );
}

function roleTitle(role: RoleSummary): string {
  const lines = [`${role.role}${role.phase ? ` · phase ${role.phase}` : ''}`, role.attempts.at(-1)?.outcome ?? ''];
  return lines.filter(Boolean).join('\n');
}

/** What is said of a role whose directory is there and whose output is not. */
function silence(role: RoleSummary): string {
  const status = summary.value?.status;
  const waiting = status !== undefined && !isEnded(status);
  if (!waiting || role.started_at === null) return 'no output';
  return `no output yet ${clockSpan(moment.value - Date.parse(role.started_at))}`;
}
