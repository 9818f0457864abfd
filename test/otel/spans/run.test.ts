import { calcPrice } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import type { RunState } from '../../../src/event/run-state.ts';
import type { Span } from '../../../src/otel/span.ts';
import { RunTrace } from '../../../src/otel/spans/run.ts';
import { createLineParser } from '../../../src/sidecar/parse/line-parser.ts';
import { createPriceOf } from '../../../src/sidecar/parse/price.ts';
import { arrivalOf, assistant, GENERATION, init, linesOf, result, toolResult } from '../../sidecar/parse/feed.ts';

const price = createPriceOf(calcPrice);
const T0 = Date.UTC(2026, 0, 1);

/** Events of one generation of a role's file, its first line `after` seconds in, one line a second. */
function eventsOf(
  lines: readonly object[],
  { role = 'sdlc_implementor', phase = 'build', attempt = 1, after = 0 } = {},
) {
  const generation = {
    ...GENERATION,
    role,
    path: `${role}/raw_output.jsonl`,
    attempt,
    fingerprint: `${role}${attempt}`,
  };
  const parser = createLineParser({ generation, phase: phase as 'build', redact: undefined, price });
  return linesOf(...lines).flatMap(line => parser.parse(line, arrivalOf(after + line.number)).events);
}

type Events = ReturnType<typeof eventsOf>;

/** The spans of these events, and of the end where one is given. */
function spansOf(events: Events, { end, content = false }: { end?: RunState; content?: boolean } = {}): Span[] {
  const trace = new RunTrace('1a2b3c4d', { content });
  for (const [index, { type, data }] of events.entries()) trace.apply({ type, data, seq: index + 1 });
  trace.flush();
  if (end !== undefined) trace.close(end);
  return trace.take();
}

const named = (spans: readonly Span[], name: string) => spans.filter(span => span.name === name);
const one = (spans: readonly Span[], name: string): Span => {
  const found = named(spans, name);
  expect(found, `${name} among ${spans.map(span => span.name)}`).toHaveLength(1);
  return found[0]!;
};
const parentOf = (spans: readonly Span[], { parentSpanId }: Span) =>
  spans.find(({ spanId }) => spanId === parentSpanId)?.name;
const seconds = ({ startMs, endMs }: Span) => [startMs - T0, endMs - T0].map(ms => ms / 1_000);

const USAGE = { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 100, cache_creation_input_tokens: 20 };
const MODEL = 'claude-sonnet-4-5-20250929';
const message = (id: string, fields: object = {}) => ({ id, model: MODEL, usage: USAGE, ...fields });
const call = (id: string, name: string, input: object, line: object = {}) =>
  assistant([{ type: 'tool_use', id, name, input }], message(`msg_${id}`), line);
const text = (id: string, said: string, line: object = {}) =>
  assistant([{ type: 'text', text: said }], message(id), line);

const PLAIN = [
  init(),
  text('msg_1', 'SECRET thought'),
  assistant([{ type: 'tool_use', id: 't1', name: 'Bash', input: { command: 'SECRET' } }], message('msg_1')),
  toolResult('t1', 'SECRET output', { is_error: true }),
  { type: 'system', subtype: 'api_retry', attempt: 1, max_retries: 10, retry_delay_ms: 500, error_status: 529 },
  text('msg_2', 'done'),
  result({ result: 'SECRET result' }),
];

describe('the spans of a run', () => {
  it('are a tree: run, phase, agent, and below it messages and calls, with their own times', () => {
    const spans = spansOf(eventsOf(PLAIN), { end: 'completed' });
    expect(spans.map(span => [span.name, parentOf(spans, span), span.status])).toEqual([
      ['execute_tool Bash', 'invoke_agent sdlc_implementor', 'error'],
      [`chat ${MODEL}`, 'invoke_agent sdlc_implementor', 'unset'],
      [`chat ${MODEL}`, 'invoke_agent sdlc_implementor', 'unset'],
      ['invoke_agent sdlc_implementor', 'phase build', 'ok'],
      ['phase build', 'invoke_workflow', 'unset'],
      ['invoke_workflow', undefined, 'ok'],
    ]);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(seconds(one(spans, 'execute_tool Bash'))).toEqual([3, 4]);
    expect(named(spans, `chat ${MODEL}`).map(seconds)).toEqual([
      [1, 3],
      [4, 6],
    ]);
    expect(seconds(one(spans, 'invoke_workflow'))).toEqual([1, 7]);
    expect(one(spans, 'execute_tool Bash').attributes['error.type']).toBe('tool_error');
    expect(one(spans, 'invoke_agent sdlc_implementor').attributes).toMatchObject({
      'adw.agent.program': 'Claude Code',
      'gen_ai.agent.version': '2.1.0',
    });
    expect(one(spans, 'invoke_agent sdlc_implementor').events.map(({ name }) => name)).toEqual(['api_retry', 'result']);
  });

  it('have usage and cost on messages alone, one span a message, however many lines it has', () => {
    const events = eventsOf(PLAIN);
    const spans = spansOf(events, { end: 'completed' });
    const spent = spans.filter(({ attributes }) => Object.keys(attributes).some(name => /usage\.|cost/.test(name)));
    expect(spent.map(({ name, kind }) => [name, kind])).toEqual([
      [`chat ${MODEL}`, 'client'],
      [`chat ${MODEL}`, 'client'],
    ]);
    expect(spent[0]?.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.request.model': MODEL,
      'gen_ai.response.id': 'msg_1',
      'gen_ai.usage.input_tokens': 130,
      'gen_ai.usage.output_tokens': 5,
      'gen_ai.usage.cache_read.input_tokens': 100,
      'gen_ai.usage.cache_creation.input_tokens': 20,
      'openinference.span.kind': 'LLM',
      'session.id': '1a2b3c4d',
    });
    const total = events.findLast(({ type }) => type === 'usage_update')?.data.cost_usd as number;
    const costs = spent.map(({ attributes }) => attributes['adw.cost.usd'] as number);
    expect(costs[0]! + costs[1]!).toBeCloseTo(total, 9);
  });

  it('have what a message says where its usage comes after it, by the id that both name', () => {
    const part = (id: number, messageID: string, fields: object) => ({
      type: 'text',
      timestamp: T0 + 1_000 * id,
      sessionID: 'ses_1',
      part: { id: `prt_${id}`, messageID, ...fields },
    });
    const tokens = (input: number) => ({ input, output: 1, reasoning: 0, cache: { read: 0, write: 0 } });
    const state = {
      status: 'completed',
      input: {},
      output: 'ok',
      metadata: {},
      time: { start: T0 + 2_000, end: T0 + 2_500 },
    };
    const spans = spansOf(
      eventsOf([
        part(1, 'msg_1', { type: 'text', text: 'First.' }),
        part(2, 'msg_1', { type: 'tool', tool: 'bash', callID: 'c1', state }),
        part(3, 'msg_1', { type: 'step-finish', reason: 'tool-calls', cost: 0.25, tokens: tokens(10) }),
        part(4, 'msg_2', { type: 'text', text: 'Second.' }),
        part(5, 'msg_2', { type: 'step-finish', reason: 'stop', cost: 0.5, tokens: tokens(20) }),
      ]),
      { content: true },
    );
    const chats = named(spans, 'chat').map(({ attributes }) => [
      attributes['gen_ai.response.id'],
      attributes['gen_ai.usage.input_tokens'],
      attributes['adw.cost.usd'],
      (JSON.parse(String(attributes['gen_ai.output.messages'])) as { parts: { type: string }[] }[])[0]!.parts.map(
        ({ type }) => type,
      ),
    ]);
    expect(chats).toEqual([
      ['msg_1', 10, 0.25, ['text', 'tool_call']],
      ['msg_2', 20, 0.5, ['text']],
    ]);
  });

  it('have ids that do not hang on the process that folds them, and each is told once', () => {
    const events = eventsOf(PLAIN);
    const whole = spansOf(events, { end: 'completed' });
    const trace = new RunTrace('1a2b3c4d', { content: false });
    const told = events.flatMap(({ type, data }, index) => {
      trace.apply({ type, data, seq: 100 + index });
      return trace.take();
    });
    trace.close('completed');
    expect([...told, ...trace.take()]).toEqual(whole);
    expect(told.length).toBeGreaterThan(0);
    expect(new Set(whole.map(({ spanId }) => spanId)).size).toBe(whole.length);
  });

  it('hold no content unless it was asked for', () => {
    const events = eventsOf(PLAIN);
    expect(JSON.stringify(spansOf(events, { end: 'completed' }))).not.toContain('SECRET');
    const spans = spansOf(events, { end: 'completed', content: true });
    expect(one(spans, 'execute_tool Bash').attributes).toMatchObject({
      'gen_ai.tool.call.arguments': '{"command":"SECRET"}',
      'gen_ai.tool.call.result': 'SECRET output',
    });
    const [first] = named(spans, `chat ${MODEL}`);
    expect(JSON.parse(String(first?.attributes['gen_ai.output.messages']))).toEqual([
      {
        role: 'assistant',
        parts: [
          { type: 'text', content: 'SECRET thought' },
          { type: 'tool_call', id: 't1', name: 'Bash', arguments: { command: 'SECRET' } },
        ],
      },
    ]);
  });

  it('that are open at the end close at the last known time, as incomplete, and never as OK', () => {
    const spans = spansOf(eventsOf([init(), call('t1', 'Bash', {})]), { end: 'completed' });
    const open = spans.filter(({ attributes }) => attributes['adw.incomplete'] === true);
    expect(open.map(({ name, status }) => [name, status])).toEqual([
      ['execute_tool Bash', 'unset'],
      ['invoke_agent sdlc_implementor', 'unset'],
      ['phase build', 'unset'],
    ]);
    expect(seconds(one(spans, 'invoke_agent sdlc_implementor'))).toEqual([1, 2]);
    const over = spansOf(eventsOf(PLAIN), { end: 'ended_without_result' });
    expect(one(over, 'invoke_workflow')).toMatchObject({ status: 'unset', attributes: { 'adw.incomplete': true } });
  });

  it('of an attempt end with the next one of its role', () => {
    const spans = spansOf([
      ...eventsOf([init(), call('t1', 'Bash', {})]),
      ...eventsOf([init(), text('msg_9', 'again')], { attempt: 2, after: 10 }),
    ]);
    expect(one(spans, 'invoke_agent sdlc_implementor').attributes).toMatchObject({
      'adw.attempt': 1,
      'adw.incomplete': true,
    });
    expect(one(spans, 'execute_tool Bash').attributes['adw.incomplete']).toBe(true);
  });

  it('of a phase end when another begins and none of its agents is at work; one that is entered again is another', () => {
    const events = [
      ...eventsOf(PLAIN),
      ...eventsOf(PLAIN, { role: 'test_runner', phase: 'test', after: 10 }),
      ...eventsOf(PLAIN, { role: 'patch_implementor', phase: 'build', after: 20 }),
    ];
    const spans = spansOf(events, { end: 'completed' });
    const phases = spans.filter(({ name }) => name.startsWith('phase'));
    expect(phases.map(span => [span.name, ...seconds(span), span.attributes['adw.continuation']])).toEqual([
      ['phase build', 1, 7, undefined],
      ['phase test', 11, 17, undefined],
      ['phase build', 21, 27, 2],
    ]);
  });

  it('of what goes on after the end of an agent, or of the run, are others, below the same', () => {
    const trace = new RunTrace('1a2b3c4d', { content: false });
    const apply = (events: Events, seq: number) => {
      for (const [index, { type, data }] of events.entries()) trace.apply({ type, data, seq: seq + index });
    };
    apply(eventsOf(PLAIN), 1);
    trace.close('completed');
    const before = trace.take();
    expect(trace.isOpen).toBe(false);
    apply(eventsOf(PLAIN, { role: 'reviewer', phase: 'review', after: 100 }), 100);
    trace.close('failed');
    const after = trace.take();
    const root = one(after, 'invoke_workflow');
    expect(root).toMatchObject({
      status: 'error',
      parentSpanId: one(before, 'invoke_workflow').spanId,
      attributes: { 'adw.continuation': 2, 'error.type': 'failed' },
    });
    expect(seconds(root)).toEqual([101, 107]);
    const ids = [...before, ...after].map(({ spanId }) => spanId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('of a call that was taken back are none', () => {
    const lines = [
      init(),
      call('t1', 'Bash', {}, { uuid: 'u-1' }),
      assistant([{ type: 'text', text: 'other' }], message('msg_2'), { supersedes: ['u-1'] }),
      result(),
    ];
    expect(spansOf(eventsOf(lines), { end: 'completed' }).filter(({ name }) => name.includes('tool'))).toEqual([]);
  });
});

describe('the spans of sub-agents', () => {
  const inside = { parent_tool_use_id: 'toolu_A' };
  const launched = (isBackground: boolean) => [
    init(),
    call('toolu_A', 'Agent', { subagent_type: 'Explore', description: 'look', run_in_background: isBackground }),
    {
      type: 'system',
      subtype: 'task_started',
      task_id: 'a1f',
      tool_use_id: 'toolu_A',
      subagent_type: 'Explore',
      task_type: 'local_agent',
      is_backgrounded: isBackground,
      session_id: 's-1',
    },
  ];

  it('are children of the call that launched them, and end with its result', () => {
    const lines = [
      ...launched(false),
      call('tB', 'Read', {}, inside),
      toolResult('tB', 'x', {}, inside),
      toolResult('toolu_A', 'found'),
      result(),
    ];
    const spans = spansOf(eventsOf(lines), { end: 'completed' });
    const agent = one(spans, 'invoke_agent Explore');
    expect(parentOf(spans, agent)).toBe('execute_tool Agent');
    expect(parentOf(spans, one(spans, 'execute_tool Read'))).toBe('invoke_agent Explore');
    expect(named(spans, `chat ${MODEL}`).map(span => parentOf(spans, span))).toEqual([
      'invoke_agent Explore',
      'invoke_agent sdlc_implementor',
    ]);
    expect(seconds(agent)).toEqual([2, 6]);
  });

  it('in the background end at their notification; their agent is not over with a result that waits for them', () => {
    const asynchronous = { isAsync: true, status: 'async_launched', agentId: 'a1f' };
    const first = [
      ...launched(true),
      { ...toolResult('toolu_A', 'launched'), tool_use_result: asynchronous },
      text('msg_2', 'I wait'),
      result(),
      call('tB', 'Bash', {}, inside),
      toolResult('tB', 'x', {}, inside),
    ];
    const rest = [
      {
        type: 'system',
        subtype: 'task_notification',
        task_id: 'a1f',
        tool_use_id: 'toolu_A',
        status: 'completed',
        session_id: 's-1',
      },
      init(),
      text('msg_3', 'all is well'),
      result(),
    ];
    const early = spansOf(eventsOf(first));
    expect(early.filter(({ name }) => name.startsWith('invoke_agent'))).toEqual([]);
    expect(seconds(one(early, 'execute_tool Agent'))).toEqual([2, 4]);
    const spans = spansOf(eventsOf([...first, ...rest]), { end: 'completed' });
    expect(seconds(one(spans, 'invoke_agent Explore'))).toEqual([2, 9]);
    expect(one(spans, 'invoke_agent Explore').attributes).toMatchObject({ 'adw.background': true });
    expect(seconds(one(spans, 'invoke_agent sdlc_implementor'))).toEqual([1, 12]);
    expect(spans.filter(({ attributes }) => attributes['adw.incomplete'] === true)).toEqual([]);
  });

  it('that never ended are incomplete', () => {
    const spans = spansOf(eventsOf([...launched(true), toolResult('toolu_A', 'launched'), result()]), {
      end: 'completed',
    });
    const agent = named(spans, 'invoke_agent Explore');
    expect(agent).toHaveLength(1);
  });
});

it('takes whatever the log holds', () => {
  const events = [
    { type: 'status_update', data: { adw_id: 'a', status: 'started', workflow_name: 'adw_plan', message: '' } },
    { type: 'tool_use_post', data: { adw_id: 'a', tool_name: 'X', success: true, status: 'success', timestamp: 'no' } },
    { type: 'usage_update', data: { adw_id: 'a', usage: 7, totals: null, agent_role: 'x' } },
    { type: 'session_ended', data: { adw_id: 'a', agent_role: 'x' } },
    { type: 'not_known', data: { adw_id: 'a' } },
  ] as unknown as Events;
  const spans = spansOf(events, { end: 'failed' });
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
  for (const { startMs, endMs } of spans) expect(endMs).toBeGreaterThanOrEqual(startMs);
});

it('holds what nothing dates within the run', () => {
  const at = (seconds: number) => new Date(T0 + seconds * 1_000).toISOString();
  const data = { adw_id: 'a', agent_role: 'sdlc_implementor', attempt: 1, phase: 'build' };
  const events = [
    { type: 'attempt_started', data: { ...data, timestamp: at(1), timing: 'unknown' } },
    { type: 'workflow_log', data: { adw_id: 'a', message: '', timestamp: at(2) } },
    { type: 'text_block', data: { ...data, content: '', timestamp: at(3), timing: 'unknown' } },
    { type: 'adw_status', data: { adw_id: 'a', timestamp: at(4) } },
  ] as unknown as Events;
  const spans = spansOf(events, { end: 'ended_without_result' });
  const [root] = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
  expect(spans.length).toBeGreaterThan(1);
  for (const { endMs } of spans) expect(endMs).toBeLessThanOrEqual(root!.endMs);
});

describe('phases that a run names itself', () => {
  const at = (second: number) => new Date(T0 + second * 1_000).toISOString();
  const told = (phase: string, more: object) =>
    ({
      type: 'phase_update',
      data: {
        adw_id: '1a2b3c4d',
        event_id: JSON.stringify([phase, more]),
        phase,
        index: 0,
        kind: 'agent',
        attempt: 1,
        ...more,
      },
    }) as Events[number];
  const owner = 'sdlc_implementor';
  const gate = {
    type: 'gate_result',
    data: { adw_id: '1a2b3c4d', event_id: 'g', gate: 'tests', phase: 'check', passed: false, timestamp: at(20) },
  } as Events[number];
  const RUN = [
    told('make', { owner, state: 'running', started_at: at(0) }),
    ...eventsOf(PLAIN),
    told('check', { kind: 'code', state: 'running', started_at: at(20) }),
    gate,
    told('check', { kind: 'code', state: 'failed', started_at: at(20), ended_at: at(25), error: 'x' }),
    told('make', { owner, state: 'completed', started_at: at(0), ended_at: at(15) }),
    told('check', { kind: 'code', attempt: 2, state: 'running', started_at: at(30) }),
    told('publish', { kind: 'code', state: 'pending' }),
  ];

  it('are spans with the times that they were told with, one for each attempt, around the agents of their owner', () => {
    const spans = spansOf(RUN, { end: 'failed' });
    expect(named(spans, 'phase build')).toEqual([]);
    expect(named(spans, 'phase publish')).toEqual([]);
    expect(seconds(one(spans, 'phase make'))).toEqual([0, 15]);
    expect(one(spans, 'phase make')).toMatchObject({ status: 'ok', attributes: { 'adw.phase.kind': 'agent' } });
    expect(parentOf(spans, one(spans, `invoke_agent ${owner}`))).toBe('phase make');
    const [first, second] = named(spans, 'phase check');
    expect(first).toMatchObject({ status: 'error', attributes: { 'adw.attempt': 1, 'error.type': 'failed' } });
    expect(first?.events).toMatchObject([
      { name: 'gate', attributes: { 'adw.gate.name': 'tests', 'adw.gate.passed': false } },
    ]);
    expect(second).toMatchObject({ attributes: { 'adw.attempt': 2, 'adw.incomplete': true } });
    expect(first?.spanId).not.toBe(second?.spanId);
  });

  it('are told once, however often they are said', () => {
    const again = [...RUN, ...RUN.filter(({ type }) => type === 'phase_update')];
    expect(named(spansOf(again, { end: 'failed' }), 'phase make')).toHaveLength(1);
  });
});
