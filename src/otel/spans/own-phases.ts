import { phaseAt, turnsOf } from '../../adw/own-phases.ts';
import type { OwnPhase, OwnPhaseAttempt } from '../../adw/phase-state.ts';
import type { AdwState } from '../../adw/state.ts';
import { ADW, BACKEND, ERROR_TYPE, SPAN_KIND } from '../names.ts';
import { OpenSpan, spanIdOf } from './open-span.ts';
import type { SpanStep, SpanWorld } from './world.ts';

/** A phase that the run names itself, once it has begun. */
interface Told {
  readonly span: OpenSpan;
  isOpen: boolean;
}

/**
 * The spans of phases that the run names itself: one for each attempt at a phase, with the times that the workflow told. An
 * agent belongs to the phase that its role owns and that ran when it began, also where that has ended meanwhile.
 */
export class OwnPhaseSpans {
  readonly #world: SpanWorld;
  readonly #told = new Map<string, Told>();

  constructor(world: SpanWorld) {
    this.#world = world;
  }

  /**
   * Takes a `phase_update` that the state has taken: begins its span, or ends it.
   * @param rootAt the run's span
   */
  update({ ownPhases }: AdwState, step: SpanStep, rootAt: (step: SpanStep) => OpenSpan): void {
    const phase = ownPhases.find(({ name }) => name === step.data.phase);
    const attempt = phase?.attempts.find(({ eventId }) => eventId === step.id);
    if (phase === undefined || attempt === undefined || attempt.startedMs === null) return;
    const key = keyOf(phase.name, attempt.attempt);
    const told = this.#told.get(key) ?? {
      span: this.#begin(phase, attempt, { step, root: rootAt(step) }),
      isOpen: true,
    };
    this.#told.set(key, told);
    if (!told.isOpen || attempt.endedMs === null) return;
    told.isOpen = false;
    const isFailed = attempt.state === 'failed';
    told.span.set({ [ERROR_TYPE]: isFailed ? 'failed' : null });
    this.#world.emit(told.span, {
      ms: attempt.endedMs,
      status: isFailed ? 'error' : attempt.state === 'completed' ? 'ok' : 'unset',
    });
  }

  /** The span of the phase that a role worked on at `ms`; undefined where none of the run's own had begun. */
  at({ ownPhases }: AdwState, role: string, ms: number | null): OpenSpan | undefined {
    const name = phaseAt(turnsOf(ownPhases), role, ms);
    const attempts = ownPhases.find(phase => phase.name === name)?.attempts ?? [];
    const begun = attempts.findLast(({ owner, startedMs }) => owner === role && (startedMs ?? 0) <= (ms ?? Infinity));
    return begun === undefined ? undefined : this.#told.get(keyOf(name ?? '', begun.attempt))?.span;
  }

  /** The span of a phase by its name, of its newest attempt that goes on. */
  open(name: unknown): OpenSpan | undefined {
    const found = [...this.#told].findLast(([key, { isOpen }]) => isOpen && key.startsWith(`${String(name)}\0`));
    return found?.[1].span;
  }

  /** Nothing more is expected of the run. */
  close(): void {
    for (const told of this.#told.values()) {
      if (told.isOpen) this.#world.emit(told.span, { isIncomplete: true });
      told.isOpen = false;
    }
  }

  #begin(
    { name, kind }: OwnPhase,
    { attempt, owner, startedMs }: OwnPhaseAttempt,
    { step, root }: { readonly step: SpanStep; readonly root: OpenSpan },
  ): OpenSpan {
    const { adwId } = this.#world;
    return new OpenSpan({
      adwId,
      spanId: spanIdOf(adwId, 'own phase', keyOf(name, attempt)),
      parentSpanId: root.spanId,
      name: `phase ${name}`,
      ms: startedMs,
      attributes: {
        ...step.common,
        [ADW.phase]: name,
        [ADW.phaseKind]: kind,
        [ADW.role]: owner,
        [ADW.attempt]: attempt,
        [BACKEND.spanKind]: SPAN_KIND.chain,
      },
    });
  }
}

const keyOf = (name: string, attempt: number) => `${name}\0${attempt}`;
