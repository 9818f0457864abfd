import { changedLines } from '../../adw/changed-lines.ts';
import { programOf } from '../../adw/program.ts';
import { later, numberOf, textOf } from '../../adw/read.ts';
import type { AttemptState } from '../../adw/state.ts';
import { liveBackgroundTasks, type TaskState } from '../../adw/task-state.ts';
import { columnsOf } from '../../event/columns.ts';
import { toolKindOf } from '../../event/tool-kind.ts';
import { ADW, BACKEND, ERROR_TYPE, GEN_AI, OPERATION, SPAN_KIND } from '../names.ts';
import { Conversation } from './conversation.ts';
import { OpenSpan, type SpanEnd, spanIdOf } from './open-span.ts';
import type { SpanStep, SpanWorld } from './world.ts';

/** Calls and sub-agents that may be open at once; the oldest of more are ended as incomplete. Up to 12 were seen. */
const OPEN_MAX = 256;

/** A sub-agent, or what was launched like one. */
interface SubAgent {
  readonly span: OpenSpan;
  readonly talk: Conversation;
  /** Its span was ended: what is told of it later is its child all the same. */
  isOver: boolean;
}

/** What an {@link AgentTrace} is of. */
export interface AgentOf {
  readonly world: SpanWorld;
  readonly role: string;
  readonly attempt: number;
  /** 1, or more for what goes on after it had ended. */
  readonly continuation: number;
  readonly parentSpanId: string;
  /** Spans of calls by their `tool_use_id`, of all that the attempt has had: children name their parents by them. */
  readonly calls: Map<string, string>;
  readonly step: SpanStep;
}

/** One invocation of an agent: its own span, its messages, its calls, and its sub-agents with theirs. */
export class AgentTrace {
  readonly span: OpenSpan;
  readonly #of: AgentOf;
  readonly #talk: Conversation;
  readonly #tools = new Map<string, OpenSpan>();
  readonly #subAgents = new Map<string, SubAgent>();
  /** What its newest result said, while work in the background may still wake it. */
  #ended: SpanEnd | undefined;

  constructor(of: AgentOf) {
    const { world, role, attempt, continuation, parentSpanId, step } = of;
    this.#of = of;
    this.span = new OpenSpan({
      adwId: world.adwId,
      spanId: spanIdOf(world.adwId, OPERATION.agent, step.id),
      parentSpanId,
      name: `${OPERATION.agent} ${role}`,
      ms: step.ms,
      attributes: {
        [GEN_AI.operation]: OPERATION.agent,
        [GEN_AI.agentName]: role,
        [ADW.attempt]: attempt,
        [ADW.continuation]: continuation > 1 ? continuation : null,
        [BACKEND.spanKind]: SPAN_KIND.agent,
        ...step.common,
      },
    });
    this.#talk = new Conversation(world, () => this.span.spanId);
    this.#talk.given(step.ms);
  }

  /** The session's name, once a line says it. */
  saw({ data, ms, common }: SpanStep): void {
    this.span.touch(ms);
    this.span.set({
      [GEN_AI.conversation]: textOf(data.session_id, 128),
      [ADW.timing]: common[ADW.timing],
    });
  }

  /** A process begins, or goes on: what it said before is no end. */
  begins(step: SpanStep): void {
    const { name, version } = programOf(step.data);
    this.#ended = undefined;
    this.span.set({ [ADW.program]: name, [GEN_AI.agentVersion]: version });
    this.#talk.given(step.ms);
  }

  /** A prompt came. */
  asked(step: SpanStep): void {
    const { data, ms } = step;
    this.#talkOf(step).given(ms);
    if (!this.#of.world.content || typeof data.message !== 'string') return;
    const messages = JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: data.message }] }]);
    this.span.set({ [GEN_AI.inputMessages]: messages, [BACKEND.input]: messages });
  }

  used(step: SpanStep): void {
    this.#talkOf(step).used(step);
  }

  said(step: SpanStep): void {
    const type = step.type === 'thinking_block' ? 'reasoning' : 'text';
    this.#talkOf(step).said(step, { type, content: step.data.content });
  }

  /** A call begins. */
  calls(step: SpanStep): void {
    const { data, ms, id } = step;
    const { world, calls } = this.#of;
    const tool = textOf(data.tool_name, 200) ?? 'unknown';
    const callId = textOf(data.tool_use_id, 128) ?? id;
    const input = data.input ?? data.tool_input;
    this.#talkOf(step).said(step, { type: 'tool_call', id: callId, name: tool, arguments: input });
    if (calls.has(callId)) return;
    const span = this.#openTool(step, { tool, callId });
    this.#tools.set(callId, span);
    if (world.content) {
      const text = typeof input === 'string' ? input : JSON.stringify(input ?? {});
      span.set({ [GEN_AI.toolArguments]: text, [BACKEND.input]: text });
    }
    if (toolKindOf(data) === 'delegate') this.#subAgentOf(callId, step);
    this.#bound(ms);
  }

  /** A call has its result, or was taken back before it ran. Of one that was never seen to begin the result is all there is. */
  answered(step: SpanStep): void {
    const { data, ms } = step;
    const tool = textOf(data.tool_name, 200) ?? 'unknown';
    const callId = textOf(data.tool_use_id, 128) ?? [...this.#tools.keys()].at(-1) ?? step.id;
    this.#talkOf(step).given(ms);
    const known = this.#tools.get(callId);
    this.#tools.delete(callId);
    if (data.status === 'retracted') {
      this.#subAgents.delete(callId);
      return;
    }
    if (known === undefined && this.#of.calls.has(callId)) return;
    const span = known ?? this.#openTool(step, { tool, callId });
    const duration = numberOf(data.duration_ms);
    if (known === undefined && duration !== null && ms !== null) span.touch(ms - duration);
    span.touch(ms);
    const failed = columnsOf('tool_use_post', data).status === 'error';
    if (failed) span.set({ [ERROR_TYPE]: 'tool_error' });
    if (this.#of.world.content) {
      const output = data.output ?? data.tool_output ?? data.error;
      const text = typeof output === 'string' ? output : JSON.stringify(output ?? '');
      span.set({ [GEN_AI.toolResult]: text, [BACKEND.output]: text });
    }
    span.set({ [ADW.timing]: step.common[ADW.timing] });
    this.#of.world.emit(span, { ms, status: failed ? 'error' : 'unset' });
  }

  /** A call changed a file: told with its result, before that. */
  changed({ data }: SpanStep): void {
    const span = this.#tools.get(textOf(data.tool_use_id, 128) ?? '');
    const added = numberOf(span?.attributes[ADW.linesAdded]) ?? 0;
    const removed = numberOf(span?.attributes[ADW.linesRemoved]) ?? 0;
    const more = changedLines(data);
    span?.set({
      [ADW.linesAdded]: added + (more.added ?? 0),
      [ADW.linesRemoved]: removed + (more.removed ?? 0),
    });
  }

  /** Ends the sub-agents of which it is known by now that they ended. */
  settle({ tasks }: AttemptState, ms: number | null): void {
    for (const [callId, subAgent] of this.#subAgents) {
      const task = tasks.find(({ toolUseId }) => toolUseId === callId);
      if (task === undefined || subAgent.isOver) continue;
      describe(subAgent, task);
      if (task.state === 'running') continue;
      subAgent.span.set({ [ADW.state]: task.state, [ERROR_TYPE]: task.state === 'failed' ? 'agent_error' : null });
      this.#endSubAgent(subAgent, { ms: task.endedMs ?? ms, status: task.state === 'failed' ? 'error' : 'unset' });
    }
  }

  /**
   * Its result came. @returns whether it is over: with work in the background it may go on
   */
  result(step: SpanStep, attempt: AttemptState): boolean {
    const { data, ms } = step;
    const failed = columnsOf('session_ended', data).status === 'error';
    const subtype = textOf(data.subtype, 60) ?? 'unknown';
    this.span.set({ [ERROR_TYPE]: failed ? (subtype === 'success' ? 'error' : subtype) : null });
    this.#talk.end(textOf(data.stop_reason, 60));
    if (ms !== null) {
      const turns = numberOf(data.num_turns);
      const cost = numberOf(data.total_cost_usd);
      this.span.addEvent({
        name: 'result',
        ms,
        attributes: {
          [ADW.resultSubtype]: subtype,
          ...(turns === null ? {} : { [ADW.turns]: turns }),
          ...(cost === null ? {} : { [ADW.resultCostUsd]: cost }),
        },
      });
    }
    if (this.#of.world.content && typeof data.result === 'string') {
      const messages = JSON.stringify([{ role: 'assistant', parts: [{ type: 'text', content: data.result }] }]);
      this.span.set({ [GEN_AI.outputMessages]: messages, [BACKEND.output]: messages });
    }
    const status = failed ? 'error' : attempt.outcome === 'unclear' ? 'unset' : 'ok';
    this.#ended = { ms: ms ?? this.span.lastMs, status };
    return liveBackgroundTasks(attempt).length === 0;
  }

  /** Ends what is open: what nothing says the end of, is incomplete. @returns when it ended, and whether that was written */
  end(): { readonly ms: number | null; readonly isIncomplete: boolean } {
    this.#talk.end();
    for (const subAgent of this.#subAgents.values()) this.#endSubAgent(subAgent, { isIncomplete: true });
    this.#subAgents.clear();
    for (const span of this.#tools.values()) this.#of.world.emit(span, { isIncomplete: true });
    this.#tools.clear();
    const isIncomplete = this.#ended === undefined;
    const ms = this.#ended?.ms ?? this.span.lastMs;
    this.#of.world.emit(this.span, this.#ended ?? { isIncomplete: true });
    return { ms, isIncomplete };
  }

  #openTool(step: SpanStep, { tool, callId }: { readonly tool: string; readonly callId: string }): OpenSpan {
    const { world, calls } = this.#of;
    const spanId = spanIdOf(world.adwId, OPERATION.tool, step.id);
    calls.set(callId, spanId);
    return new OpenSpan({
      adwId: world.adwId,
      spanId,
      parentSpanId: this.#parentOf(step),
      name: `${OPERATION.tool} ${tool}`,
      ms: step.ms,
      attributes: {
        [GEN_AI.operation]: OPERATION.tool,
        [GEN_AI.toolName]: tool,
        [GEN_AI.toolCallId]: callId === step.id ? null : callId,
        [GEN_AI.toolType]: 'function',
        [GEN_AI.conversation]: textOf(step.data.session_id, 128),
        [BACKEND.spanKind]: SPAN_KIND.tool,
        ...step.common,
      },
    });
  }

  #parentOf(step: SpanStep): string {
    const parent = textOf(step.data.parent_tool_use_id, 128);
    return parent === null ? this.span.spanId : this.#subAgentOf(parent, step).span.spanId;
  }

  #talkOf(step: SpanStep): Conversation {
    const parent = textOf(step.data.parent_tool_use_id, 128);
    if (parent === null) return this.#talk;
    const { span, talk } = this.#subAgentOf(parent, step);
    span.touch(step.ms);
    return talk;
  }

  /** The sub-agent that a call launched, begun with the first that is told of it. */
  #subAgentOf(callId: string, step: SpanStep): SubAgent {
    const known = this.#subAgents.get(callId);
    if (known !== undefined) return known;
    const { world, calls } = this.#of;
    const call = calls.get(callId);
    const span = new OpenSpan({
      adwId: world.adwId,
      spanId: spanIdOf(world.adwId, 'sub_agent', call ?? step.id),
      parentSpanId: call ?? this.span.spanId,
      name: OPERATION.agent,
      ms: step.ms,
      attributes: {
        [GEN_AI.operation]: OPERATION.agent,
        [GEN_AI.conversation]: textOf(step.data.session_id, 128),
        [BACKEND.spanKind]: SPAN_KIND.agent,
        ...step.common,
      },
    });
    const talk = new Conversation(world, () => span.spanId);
    talk.given(step.ms);
    const subAgent = { span, talk, isOver: false };
    this.#subAgents.set(callId, subAgent);
    return subAgent;
  }

  #endSubAgent(subAgent: SubAgent, end: SpanEnd): void {
    const { span, talk, isOver } = subAgent;
    talk.end();
    subAgent.isOver = true;
    if (!isOver) this.#of.world.emit(span, { ...end, ms: later(end.ms ?? null, span.lastMs) });
  }

  #bound(ms: number | null): void {
    const [oldest] = this.#tools;
    if (this.#tools.size <= OPEN_MAX || oldest === undefined) return;
    this.#tools.delete(oldest[0]);
    this.#of.world.emit(oldest[1], { ms: oldest[1].lastMs ?? ms, isIncomplete: true });
  }
}

/** What is known of a sub-agent beside its lines. */
function describe({ span }: SubAgent, task: TaskState): void {
  const name = task.subagentType === '' ? null : task.subagentType;
  span.rename(name === null ? OPERATION.agent : `${OPERATION.agent} ${name}`);
  span.set({ [GEN_AI.agentName]: name, [ADW.background]: task.isBackground ? true : null });
}
