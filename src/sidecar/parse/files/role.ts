import { type Phase, STAGES, type Stage } from '../../../adw/phase.ts';
import type { FileEvents } from '../../flow.ts';
import { collectFileEvents, type FileOrigin } from './file-events.ts';

/** A role directory that appeared. */
export interface NewRole extends FileOrigin {
  readonly role: string;
  /** The phase of the role that appeared before it and had one. */
  readonly previousPhase: Phase | undefined;
  /** Named in the transition; the reference shows it. */
  readonly workflowName?: string | undefined;
  /** Whether it is an agent of a factory, whose phases are its own: then a card of the board moves, and no phase begins. */
  readonly isAgent?: boolean;
}

/**
 * The events of a new role directory: `agent_created`, and when it belongs to another phase than the role before it
 * `workflow_phase_transition`, and `stage_transition` where the reference's board knows both stages.
 */
export function roleEvents(role: NewRole): FileEvents {
  const { phase, previousPhase, workflowName = null } = role;
  const created = collectFileEvents(role, 'role');
  created.add('agent_created', { name: role.role, status: 'created' });
  // A phase is entered once, whichever of its roles was seen first: a replay finds them in another order than a watch.
  const list = collectFileEvents({ ...role, path: `phase/${phase}` }, 'phase');
  const source = { path: role.path };
  if (phase !== undefined && phase !== previousPhase) {
    if (role.isAgent !== true) {
      list.add('workflow_phase_transition', {
        phase_from: previousPhase ?? null,
        phase_to: phase,
        workflow_name: workflowName,
        metadata: { role: role.role },
        source,
      });
    }
    const from = stageOf(previousPhase);
    const to = stageOf(phase);
    if (from !== undefined && to !== undefined) {
      list.add('stage_transition', {
        workflow_name: workflowName,
        from_stage: from,
        to_stage: to,
        message: `Transitioning from ${from} to ${to}`,
        source,
      });
    }
  }
  return { events: [...created.events, ...list.events], artifacts: [] };
}

/** The board's stage of a phase; before the first phase a task is in the backlog. */
function stageOf(phase: Phase | undefined): Stage | undefined {
  return phase === undefined ? 'backlog' : STAGES.find(stage => stage === phase);
}
