import { computed } from '@preact/signals';
import { type PhaseTurn, phaseAt, phaseBegunAt } from '../../../src/adw/own-phases.ts';
import { NO_PHASE, phaseOfRole } from '../../../src/adw/phase.ts';
import { isOwn } from '../../../src/adw/shown-phases.ts';
import { session } from '../state/store.ts';

const current = computed(() => session.value?.summary.value);

/** When roles worked on the phases that the run names itself; empty for a classic run. */
const turns = computed<readonly PhaseTurn[]>(() =>
  (current.value?.phases ?? []).filter(isOwn).flatMap(({ name, tries }) =>
    tries.map(({ owner, started_at: at }) => ({
      phase: name,
      owner,
      startedMs: at === null ? null : Date.parse(at),
    })),
  ),
);

/** Changes when rows may belong to other phases than before. */
export const turnsKey = computed(() => turns.value.map(one => Object.values(one).join('\u0001')).join('\u0002'));

const classic = new Map<string, string>();

/** An event, as far as its phase goes by it. */
export interface PhaseQuestion {
  readonly type: string;
  readonly role: string;
  /** The phase that it names. */
  readonly told: string | undefined;
  /** When it was, ms since the Unix epoch. */
  readonly ms: number;
}

/** The phase that an event is of, as the summary puts its role; `other` where it is of none. */
export function phaseOfEvent({ type, role, told, ms }: PhaseQuestion): string {
  const all = turns.peek();
  if (all.length === 0) return told ?? classicPhaseOf(role);
  if (type === 'phase_update') return told ?? NO_PHASE;
  const named = all.some(({ phase }) => phase === told) ? told : undefined;
  if (type === 'gate_result') return named ?? phaseBegunAt(all, ms) ?? NO_PHASE;
  return phaseAt(all, role, ms) ?? named ?? NO_PHASE;
}

function classicPhaseOf(role: string): string {
  const known = classic.get(role) ?? current.peek()?.roles.find(row => row.role === role)?.phase;
  const phase = known ?? phaseOfRole(role) ?? NO_PHASE;
  classic.set(role, phase);
  return phase;
}
