import { PHASE_KINDS, PHASE_STATES } from '../event/phase-words.ts';
import type { FoldStep } from './fold-step.ts';
import { oneLine } from './format.ts';
import { PHASE_CHARS_MAX } from './phase.ts';
import type { GateState, OwnPhase, OwnPhaseAttempt } from './phase-state.ts';
import { fieldsOf, numberOf, textOf, timeOf } from './read.ts';

/** Phases of its own kept of one run; real workflows have up to twenty. Prevents a flood of names from filling memory. */
const OWN_PHASES_MAX = 100;
/** Attempts kept of one phase, the newest. */
const PHASE_ATTEMPTS_MAX = 50;
/** What gates said, kept of one run: the newest of each gate, phase and attempt. */
const GATES_MAX = 500;
/** Checks kept of one gate, and characters of each. */
const CHECKS_MAX = 50;
const CHECK_CHARS_MAX = 200;

/** `phase_update`: what the workflow says of one of its own phases. */
export function phaseUpdate({ state, data, id }: FoldStep): void {
  const name = textOf(data.phase, PHASE_CHARS_MAX);
  const number = numberOf(data.attempt) ?? 1;
  const told = PHASE_STATES.find(word => word === data.state);
  if (name === null || told === undefined) return;
  const phase = state.ownPhases.find(one => one.name === name) ?? newPhase(name);
  if (!state.ownPhases.includes(phase)) {
    if (state.ownPhases.length >= OWN_PHASES_MAX) {
      state.beyondLimits += 1;
      return;
    }
    state.ownPhases.push(phase);
  }
  phase.index = numberOf(data.index) ?? phase.index;
  phase.kind = PHASE_KINDS.find(word => word === data.kind) ?? phase.kind;
  const attempt: OwnPhaseAttempt = {
    attempt: number,
    state: told,
    owner: textOf(data.owner, 200),
    startedMs: timeOf(data.started_at),
    endedMs: timeOf(data.ended_at),
    error: textOf(data.error),
    isInferred: data.inferred === true,
    eventId: id,
  };
  phase.attempts = [...phase.attempts.filter(one => one.attempt !== number), attempt]
    .toSorted((a, b) => a.attempt - b.attempt)
    .slice(-PHASE_ATTEMPTS_MAX);
}

function newPhase(name: string): OwnPhase {
  return { name, index: 0, kind: 'agent', attempts: [] };
}

/** `gate_result`: the newest of a gate in a phase's attempt holds. */
export function gateResult({ state, data, ms, id }: FoldStep): void {
  const gate = textOf(data.gate, PHASE_CHARS_MAX);
  if (gate === null || typeof data.passed !== 'boolean') return;
  const checks = Array.isArray(data.checks) ? data.checks : [];
  const told: GateState = {
    gate,
    phase: textOf(data.phase, PHASE_CHARS_MAX),
    attempt: numberOf(data.attempt),
    passed: data.passed,
    checks: checks.slice(0, CHECKS_MAX).map(checkText),
    ms,
    eventId: id,
  };
  const isSame = (one: GateState) => one.gate === gate && one.phase === told.phase && one.attempt === told.attempt;
  state.gates = [...state.gates.filter(one => !isSame(one)), told].slice(-GATES_MAX);
}

/** What a gate checked, on one line: workflows say it in text, or in objects of their own (`{item, ok, note}`). */
function checkText(check: unknown): string {
  const { item, name, ok, passed, note, detail } = fieldsOf(check);
  const about = textOf(item ?? name);
  const holds = ok ?? passed;
  const mark = holds === true ? '✓ ' : holds === false ? '✗ ' : '';
  const more = textOf(note ?? detail);
  const told = about === null ? JSON.stringify(check) : `${mark}${about}${more === null ? '' : `: ${more}`}`;
  return oneLine(typeof check === 'string' ? check : told, CHECK_CHARS_MAX);
}
