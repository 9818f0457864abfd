import type { PhaseKind, PhaseState } from '../event/phase-words.ts';

/** A phase that the run names itself, for the fold's state. Plain JSON; times are ms since the Unix epoch. */
export interface OwnPhase {
  readonly name: string;
  /** Its place among the run's phases, from 0. */
  index: number;
  kind: PhaseKind;
  /** By their number, the lowest first. */
  attempts: OwnPhaseAttempt[];
}

/** One attempt at a phase, as it was told last. */
export interface OwnPhaseAttempt {
  readonly attempt: number;
  state: PhaseState;
  /** The role that does its work; null where code does. */
  owner: string | null;
  startedMs: number | null;
  endedMs: number | null;
  error: string | null;
  /** Whether it was worked out from the files of its owner, and not said by its workflow. */
  isInferred: boolean;
  eventId: string | null;
}

/** What one gate said. */
export interface GateState {
  readonly gate: string;
  readonly phase: string | null;
  readonly attempt: number | null;
  readonly passed: boolean;
  /** What it checked, each on one line. */
  readonly checks: string[];
  readonly ms: number | null;
  readonly eventId: string | null;
}

/** A process of the run, as its watcher saw it last. */
export interface ProcessState {
  readonly kind: string;
  readonly name: string;
  readonly pid: number;
  readonly role: string | null;
  readonly startedMs: number | null;
  readonly endedMs: number | null;
  /** Whether it lived at `seenMs`; null where no watcher could look. */
  readonly isAlive: boolean | null;
  readonly seenMs: number | null;
  readonly eventId: string | null;
}
