import type { FoldStep } from './fold-step.ts';
import type { ProcessState } from './phase-state.ts';
import { numberOf, textOf, timeOf } from './read.ts';

/** Processes kept of one run, the newest. Real runs have one for each call of an agent. */
const PROCESSES_MAX = 500;

/** `process_update`: one process of the run, as its watcher saw it. */
export function processUpdate({ state, data, ms, id }: FoldStep): void {
  const pid = numberOf(data.pid);
  if (pid === null) return;
  const told: ProcessState = {
    kind: textOf(data.kind, 80) ?? '',
    name: textOf(data.name, 200) ?? '',
    pid,
    role: textOf(data.agent_role, 200),
    startedMs: timeOf(data.started_at),
    endedMs: timeOf(data.ended_at),
    isAlive: typeof data.is_alive === 'boolean' ? data.is_alive : null,
    seenMs: ms,
    eventId: id,
  };
  // A pid is given again; the same process began at the same time.
  const isSame = (one: ProcessState) => one.pid === pid && one.startedMs === told.startedMs;
  state.processes = [...state.processes.filter(one => !isSame(one)), told].slice(-PROCESSES_MAX);
}
