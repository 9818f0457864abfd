import { applyEvent, type FoldEvent, initialState } from '../../adw/fold.ts';
import { numberOf, textOf, timeOf } from '../../adw/read.ts';
import type { AdwState, AttemptState } from '../../adw/state.ts';
import { workflowOf } from '../../adw/summary.ts';
import type { RunState } from '../../event/run-state.ts';
import type { EventType } from '../../event/types.ts';
import { ADW, BACKEND, ERROR_TYPE, GEN_AI, OPERATION, SPAN_KIND } from '../names.ts';
import type { Span } from '../span.ts';
import { AgentTrace } from './agent.ts';
import { eventOfLog } from './log-event.ts';
import { OpenSpan, type SpanEnd, spanIdOf } from './open-span.ts';
import { OwnPhaseSpans } from './own-phases.ts';
import type { SpanStep, SpanWorld } from './world.ts';

/** Roles of events that name none. */
const NO_ROLE = 'other';
/** What begins an agent that is not open; of one that ended, only the second set goes on. */
const BEGINS: ReadonlySet<string> = new Set<EventType>([
  'attempt_started',
  'session_ended',
  'tool_use_post',
  'task_update',
]);
const GOES_ON: ReadonlySet<string> = new Set<EventType>([
  'session_started',
  'usage_update',
  'thinking_block',
  'text_block',
  'tool_use_pre',
]);
/** In a line these come first: its message's usage says which message it is, and a changed file belongs to a call that ends. */
const FIRST: ReadonlySet<string> = new Set<EventType>(['usage_update', 'file_changed']);
/** What is of no agent: phases and gates of the run's own, and what a watcher sees of processes. */
const OF_NO_AGENT: ReadonlySet<string> = new Set<EventType>(['phase_update', 'gate_result', 'process_update']);
/** What dates the run where no agent does. */
const OF_WORKFLOW: ReadonlySet<string> = new Set<EventType>(['status_update', 'workflow_log', 'stage_transition']);

interface Phase {
  readonly span: OpenSpan;
  /** Agents that are open in it. */
  open: number;
  isIncomplete: boolean;
}

interface Agent {
  readonly trace: AgentTrace;
  readonly phase: Phase | undefined;
}

/** An attempt of a role that has begun. */
interface Attempt {
  readonly role: string;
  readonly number: number;
  readonly calls: Map<string, string>;
  agents: number;
  agent: Agent | undefined;
}

/** What {@link RunTrace} takes. */
export interface RunTraceOptions {
  /** Whether prompts, outputs and arguments are wanted. */
  readonly content: boolean;
}

/**
 * The spans of one run, folded from its events in the log's order: pure, so the same events give the same spans, with the
 * same ids, on every server. A span is told when it has ended, and not changed after that. What an agent does after its
 * end, and a run after {@link close}, is another span.
 *
 * `run ▸ phase ▸ agent ▸ message, call ▸ sub-agent ▸ …`
 */
export class RunTrace {
  readonly #world: SpanWorld;
  readonly #state: AdwState;
  readonly #attempts = new Map<string, Attempt>();
  readonly #phases = new Map<string, Phase>();
  readonly #own: OwnPhaseSpans;
  /** How often each phase was entered. */
  readonly #visits = new Map<string, number>();
  #line: { readonly key: string; readonly events: FoldEvent[] } | undefined;
  #root: OpenSpan | undefined;
  #episodes = 0;
  #ended: Span[] = [];

  constructor(adwId: string, { content }: RunTraceOptions) {
    this.#state = initialState(adwId);
    this.#world = {
      adwId,
      content,
      emit: (span, end) => {
        const ended = span.end(end, this.#state.newest.ms ?? 0);
        this.#ended.push(ended);
        // The run holds them all, those as well that only the run's newest time dates.
        if (span !== this.#root) this.#root?.touch(ended.endMs);
      },
    };
    this.#own = new OwnPhaseSpans(this.#world);
  }

  /** Whether the event belongs to the line whose events came last: what belongs together is looked at together. */
  continuesLine(event: FoldEvent): boolean {
    return this.#line !== undefined && this.#line.key === lineOf(event);
  }

  /** Takes an event. Those of one line are looked at once another event, or {@link flush}, comes. */
  apply(event: FoldEvent): void {
    if (event.type === 'agent_output_chunk' || event.type === 'adw_status') {
      this.flush();
      applyEvent(this.#state, event);
      return;
    }
    const key = lineOf(event);
    if (key !== null && this.#line?.key === key) {
      this.#line.events.push(event);
      return;
    }
    this.flush();
    this.#line = key === null ? undefined : { key, events: [event] };
    if (key === null) this.#applyLine([event]);
  }

  /** The line whose events came last is whole. */
  flush(): void {
    const line = this.#line;
    this.#line = undefined;
    if (line !== undefined) this.#applyLine(line.events);
  }

  /** The spans that ended since they were last taken. */
  take(): Span[] {
    const spans = this.#ended;
    this.#ended = [];
    return spans;
  }

  /** Whether anything is open. */
  get isOpen(): boolean {
    return this.#root !== undefined;
  }

  /** Nothing more is expected of the run, which was judged to be `state`: ends all that is open. */
  close(state: RunState): void {
    this.flush();
    for (const attempt of this.#attempts.values()) this.#endAgent(attempt);
    for (const phase of this.#phases.values()) this.#endPhase(phase);
    this.#phases.clear();
    this.#own.close();
    const root = this.#root;
    this.#root = undefined;
    if (root === undefined) return;
    const workflow = workflowOf(this.#state) ?? textOf(this.#state.ticket.workflow);
    if (workflow !== null) root.rename(`${OPERATION.workflow} ${workflow}`);
    root.set({
      [GEN_AI.agentName]: workflow,
      [ADW.workflow]: workflow,
      [ADW.state]: state,
      [ERROR_TYPE]: state === 'failed' ? 'failed' : null,
    });
    this.#world.emit(root, endOf(state));
  }

  #applyLine(events: readonly FoldEvent[]): void {
    // The state first: it knows what a sub-agent is called, and what goes on in the background.
    for (const event of events) applyEvent(this.#state, event);
    const ordered = [...events.filter(({ type }) => FIRST.has(type)), ...events.filter(({ type }) => !FIRST.has(type))];
    for (const event of ordered) this.#applyOne(event);
  }

  #applyOne({ type, seq, data }: FoldEvent): void {
    const id = textOf(data.event_id, 256) ?? `#${seq}`;
    const timing = textOf(data.timing, 20);
    const role = textOf(data.agent_role, 200);
    const step: SpanStep = {
      type,
      id,
      ms: timing === 'unknown' ? null : timeOf(data.timestamp) || null,
      data,
      common: {
        [ADW.id]: this.#world.adwId,
        [ADW.eventId]: id,
        [ADW.role]: role,
        [ADW.timing]: timing === 'estimated' || timing === 'unknown' ? timing : null,
        [BACKEND.session]: this.#world.adwId,
      },
    };
    if (OF_WORKFLOW.has(type)) this.#rootAt(step).touch(step.ms);
    if (OF_NO_AGENT.has(type)) {
      this.#toldOfPhase(step);
      return;
    }
    if (type === 'agent_log') {
      this.#logged(step, role);
      return;
    }
    const attempt = this.#attemptOf(step, role ?? NO_ROLE);
    const agent = attempt && this.#agentOf(attempt, step);
    const state = attempt && this.#stateOf(attempt);
    if (attempt === undefined || agent === undefined || state === undefined) return;
    agent.trace.saw(step);
    applyToAgent(agent.trace, step);
    agent.trace.settle(state, step.ms);
    if (type === 'session_ended' && agent.trace.result(step, state)) this.#endAgent(attempt);
  }

  #toldOfPhase(step: SpanStep): void {
    if (step.type === 'phase_update') this.#own.update(this.#state, step, of => this.#rootAt(of));
    if (step.type !== 'gate_result' || step.ms === null) return;
    const attributes = {
      [ADW.eventId]: step.id,
      [ADW.gate]: textOf(step.data.gate) ?? '',
      [ADW.gatePassed]: step.data.passed === true,
    };
    (this.#own.open(step.data.phase) ?? this.#root)?.addEvent({ name: 'gate', ms: step.ms, attributes });
  }

  #logged(step: SpanStep, role: string | null): void {
    const attempt = this.#attempts.get(`${role ?? NO_ROLE}\0${numberOf(step.data.attempt) ?? ''}`);
    const agent = attempt?.agent;
    if (step.data.event_type === 'prompt') agent?.trace.asked(step);
    if (agent !== undefined && attempt !== undefined) {
      const state = this.#stateOf(attempt);
      if (state !== undefined) agent.trace.settle(state, step.ms);
    }
    const event = eventOfLog(step, this.#world.content);
    const phase = this.#phases.get(this.#phaseNameOf(role ?? NO_ROLE) ?? '');
    if (event !== undefined) (agent?.trace.span ?? phase?.span ?? this.#root)?.addEvent(event);
  }

  #stateOf({ role, number }: Attempt): AttemptState | undefined {
    return this.#state.roles[role]?.attempts.find(({ attempt }) => attempt === number);
  }

  /** The attempt that the event is of, where it is of one; one that begins ends those of its role before it. */
  #attemptOf({ type, data }: SpanStep, role: string): Attempt | undefined {
    const newest = [...this.#attempts.values()].findLast(one => one.role === role);
    const number = Math.max(1, Math.floor(numberOf(data.attempt) ?? newest?.number ?? 1));
    const known = this.#attempts.get(`${role}\0${number}`);
    if (known !== undefined) return known;
    if (!BEGINS.has(type) && !GOES_ON.has(type)) return undefined;
    for (const one of this.#attempts.values()) if (one.role === role) this.#endAgent(one);
    const attempt: Attempt = { role, number, calls: new Map(), agents: 0, agent: undefined };
    this.#attempts.set(`${role}\0${number}`, attempt);
    return attempt;
  }

  /** The agent of an attempt: the one that is open, or one that begins with this event. */
  #agentOf(attempt: Attempt, step: SpanStep): Agent | undefined {
    if (attempt.agent !== undefined) return attempt.agent;
    const begins = GOES_ON.has(step.type) || (attempt.agents === 0 && BEGINS.has(step.type));
    if (!begins) return undefined;
    const own = this.#own.at(this.#state, attempt.role, step.ms);
    const phase = this.#phaseAt(step, this.#phaseNameOf(attempt.role));
    attempt.agents += 1;
    const trace = new AgentTrace({
      world: this.#world,
      role: attempt.role,
      attempt: attempt.number,
      continuation: attempt.agents,
      parentSpanId: (own ?? phase?.span ?? this.#rootAt(step)).spanId,
      calls: attempt.calls,
      step,
    });
    if (phase !== undefined) phase.open += 1;
    attempt.agent = { trace, phase };
    return attempt.agent;
  }

  #endAgent(attempt: Attempt): void {
    const { agent } = attempt;
    attempt.agent = undefined;
    if (agent === undefined) return;
    const { ms, isIncomplete } = agent.trace.end();
    this.#root?.touch(ms);
    if (agent.phase === undefined) return;
    agent.phase.span.touch(ms);
    agent.phase.open -= 1;
    agent.phase.isIncomplete ||= isIncomplete;
  }

  #phaseNameOf(role: string): string | null {
    // Phases that the run names itself have spans of their own, with the times that it told.
    return this.#state.ownPhases.length > 0 ? null : (this.#state.roles[role]?.phase ?? null);
  }

  /** The phase that an agent begins in. Another one ends the phases in which no agent is at work. */
  #phaseAt(step: SpanStep, name: string | null): Phase | undefined {
    const root = this.#rootAt(step);
    root.touch(step.ms);
    if (name === null) return undefined;
    for (const [other, phase] of this.#phases) {
      if (other === name || phase.open > 0) continue;
      this.#phases.delete(other);
      this.#endPhase(phase);
    }
    const known = this.#phases.get(name);
    known?.span.touch(step.ms);
    if (known !== undefined) return known;
    const { adwId } = this.#world;
    const visit = (this.#visits.get(name) ?? 0) + 1;
    this.#visits.set(name, visit);
    const span = new OpenSpan({
      adwId,
      spanId: spanIdOf(adwId, 'phase', `${name}\0${visit}`),
      parentSpanId: root.spanId,
      name: `phase ${name}`,
      ms: step.ms,
      attributes: {
        [ADW.phase]: name,
        [ADW.continuation]: visit > 1 ? visit : null,
        [BACKEND.spanKind]: SPAN_KIND.chain,
        ...step.common,
        [ADW.role]: null,
      },
    });
    const phase = { span, open: 0, isIncomplete: false };
    this.#phases.set(name, phase);
    return phase;
  }

  #endPhase({ span, isIncomplete }: Phase): void {
    this.#root?.touch(span.lastMs);
    this.#world.emit(span, { isIncomplete });
  }

  /** The run's own span; what goes on after the run had ended is a child of it. */
  #rootAt(step: SpanStep): OpenSpan {
    if (this.#root !== undefined) return this.#root;
    const { adwId } = this.#world;
    this.#episodes += 1;
    const first = spanIdOf(adwId, OPERATION.workflow, '1');
    this.#root = new OpenSpan({
      adwId,
      spanId: this.#episodes === 1 ? first : spanIdOf(adwId, OPERATION.workflow, String(this.#episodes)),
      parentSpanId: this.#episodes === 1 ? undefined : first,
      name: OPERATION.workflow,
      ms: step.ms,
      attributes: {
        [GEN_AI.operation]: OPERATION.workflow,
        [GEN_AI.conversation]: adwId,
        [ADW.continuation]: this.#episodes > 1 ? this.#episodes : null,
        [BACKEND.spanKind]: SPAN_KIND.chain,
        ...step.common,
        [ADW.role]: null,
      },
    });
    return this.#root;
  }
}

function applyToAgent(agent: AgentTrace, step: SpanStep): void {
  switch (step.type) {
    case 'session_started':
      agent.begins(step);
      break;
    case 'usage_update':
      agent.used(step);
      break;
    case 'thinking_block':
    case 'text_block':
      agent.said(step);
      break;
    case 'tool_use_pre':
      agent.calls(step);
      break;
    case 'tool_use_post':
      agent.answered(step);
      break;
    case 'file_changed':
      agent.changed(step);
      break;
  }
}

function endOf(state: RunState): SpanEnd {
  if (state === 'completed') return { status: 'ok' };
  if (state === 'failed') return { status: 'error' };
  return { isIncomplete: true };
}

/** What the events of one line have in common; null for what is of no line. */
function lineOf({ data }: FoldEvent): string | null {
  const source = data.source as { path?: unknown; offset?: unknown; fingerprint?: unknown } | undefined;
  if (source?.offset === undefined) return null;
  return `${source.path}\0${source.fingerprint}\0${source.offset}`;
}
