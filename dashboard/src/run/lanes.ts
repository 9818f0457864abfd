import type { RoleSummary, TaskSummary } from '../../../src/adw/summary-shape.ts';
import { taskKind } from '../../../src/adw/task-words.ts';
import { NONE, type RowTable } from '../data/row-table.ts';
import type { Axis } from '../state/replay.ts';

/** One lane: what a role does itself, or what one task that it launched does. */
export interface Lane {
  readonly role: string;
  /** The task; absent for the role itself. */
  readonly task?: TaskSummary;
  readonly name: string;
  /** 0 for a role, one more for each agent in between. */
  readonly depth: number;
}

/** Tasks that have a lane: a canvas of more is higher than browsers draw. The newest are shown. */
const TASK_LANES_MAX = 300;

/** Every role that began, each with its tasks below it as in the tree. */
export function lanesOf(roles: readonly RoleSummary[]): Lane[] {
  const begun = roles.filter(role => role.attempts.length > 0);
  const tasks = begun.flatMap(role => role.attempts.flatMap(attempt => attempt.tasks)).filter(hasLane);
  const shown = new Set(tasks.slice(-TASK_LANES_MAX));
  return begun.flatMap(({ role, attempts }) => [
    { role, name: role, depth: 0 },
    ...attempts
      .flatMap(attempt => attempt.tasks)
      .filter(task => shown.has(task))
      .map(task => ({ role, task, name: `${taskKind(task)} ${task.description}`.trim(), depth: task.depth })),
  ]);
}

/** A command in the foreground is a bar of its role's lane already. */
function hasLane({ task_type: type, tool_use_id: id, is_background: isBackground }: TaskSummary): boolean {
  return id !== null && (isBackground || type !== 'local_bash');
}

/** The lane that each event belongs to: its task's own, else its nearest parent's, else its role's; -1 for none. */
export function laneFinder(lanes: readonly Lane[], table: RowTable): (at: number) => number {
  const ofRole = new Map(lanes.flatMap(({ role, task }, lane) => (task === undefined ? [[role, lane] as const] : [])));
  const ofTask = new Map(
    lanes.flatMap(({ task }, lane) => (task?.tool_use_id ? [[task.tool_use_id, lane] as const] : [])),
  );
  return at => {
    let parent = table.rowData[at]?.parent;
    for (let depth = 0; parent !== undefined && depth < 8; depth++) {
      const lane = ofTask.get(parent);
      if (lane !== undefined) return lane;
      const call = table.ordinalOfUse(parent);
      parent = call === NONE ? undefined : table.rowData[call]?.parent;
    }
    return ofRole.get(table.rowData[at]?.role ?? '') ?? -1;
  };
}

/**
 * From when to when a task ran, on the axis; undefined where nothing says when it began. One that runs does so to the axis's end.
 * @param until the newest ordinal that is looked at
 */
export function spanOfTask(
  task: TaskSummary,
  table: RowTable,
  { on, until }: { readonly on: Axis; readonly until: number },
): { from: number; to: number } | undefined {
  const call = table.ordinalOfUse(task.tool_use_id ?? undefined);
  const began = task.started_at === null ? Number.NaN : Date.parse(task.started_at);
  const isTimed = on.kind === 'time' && !Number.isNaN(began);
  if (!isTimed && call === NONE) return undefined;
  const from = isTimed ? began : on.at(call);
  if (task.state === 'running') return { from, to: on.end };
  const ended = task.ended_at === null ? Number.NaN : Date.parse(task.ended_at);
  if (on.kind === 'time' && !Number.isNaN(ended)) return { from, to: Math.max(from, ended) };
  return { from, to: lastOf(task, { table, on, call, until }) ?? from };
}

/** Where the last event of a task lies, or the result of its call. */
function lastOf(
  { tool_use_id: id }: TaskSummary,
  { table, on, call, until }: { table: RowTable; on: Axis; call: number; until: number },
): number | undefined {
  for (let at = Math.min(table.length - 1, until); at > call; at--) {
    if (id !== null && table.callsAround(at).includes(id)) return on.at(at);
  }
  const answer = call === NONE ? NONE : table.resultOf(call, until);
  return answer === NONE ? undefined : on.at(answer);
}
