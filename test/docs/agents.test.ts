import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { NewEvent } from '../../src/event/schema.ts';
import { FORMATS } from '../../src/sidecar/parse/formats/registry.ts';
import { createLineParser } from '../../src/sidecar/parse/line-parser.ts';
import { assistant, GENERATION, init, linesOf, result, toolResult, toolUse } from '../sidecar/parse/feed.ts';
import { ROOT } from '../source-files.ts';

/** Everything that docs/agents.md says of a program, by what its lines become. */

type Data = Readonly<Record<string, unknown>>;
const AT = Date.UTC(2026, 0, 5);
const iso = (second: number) => new Date(AT + second * 1_000).toISOString();
const stamped = (second: number, line: object) => ({ ...line, timestamp: iso(second) });

const claude = [
  stamped(0, { type: 'user', message: { role: 'user', content: 'Go.' }, session_id: 's' }),
  init(),
  stamped(
    1,
    assistant([
      { type: 'thinking', thinking: 'First.' },
      { type: 'text', text: 'I look.' },
    ]),
  ),
  stamped(1, assistant([], { usage: { input_tokens: 1, output_tokens: 1 } })),
  stamped(2, toolUse('t1', 'Bash', { command: 'false' })),
  stamped(3, toolResult('t1', 'no', { is_error: true })),
  stamped(4, toolUse('t2', 'Write', { file_path: 'a', content: 'b' })),
  stamped(5, toolResult('t2', 'ok', {}, { tool_use_result: { type: 'create', filePath: 'a', structuredPatch: [] } })),
  stamped(6, toolUse('t3', 'TodoWrite', { todos: [{ content: 'a', status: 'pending' }] })),
  stamped(7, toolResult('t3', 'ok')),
  { type: 'system', subtype: 'api_retry', attempt: 1, max_retries: 2, retry_delay_ms: 5, session_id: 's' },
  { type: 'system', subtype: 'task_started', task_id: 'a', tool_use_id: 't9', description: 'Look', session_id: 's' },
  result({ total_cost_usd: 0.5 }),
  result({ subtype: 'error_max_turns', is_error: true }),
];

const usage = { input: 1, output: 1, cacheRead: 0, cacheWrite: 0, cost: { total: 0.1 } };
const answer = (content: readonly object[], more: object = {}) => ({
  type: 'message_end',
  message: { role: 'assistant', content, model: 'm', usage, stopReason: 'stop', timestamp: AT, durationMs: 9, ...more },
});
const runs = (id: string, toolName: string, args: object, isError = false) => [
  { type: 'tool_execution_start', toolCallId: id, toolName, args },
  { type: 'tool_execution_end', toolCallId: id, toolName, result: { content: [] }, isError, durationMs: 5 },
];
const pi = [
  { type: 'session', version: 3, id: 's', timestamp: iso(0), cwd: '/srv/shop' },
  { type: 'message_end', message: { role: 'user', content: 'Go.', timestamp: AT } },
  answer([
    { type: 'thinking', thinking: 'First.' },
    { type: 'text', text: 'I look.' },
  ]),
  ...runs('c1', 'bash', { command: 'false' }, true),
  ...runs('c2', 'write', { path: 'a', content: 'b' }),
  { type: 'auto_retry_start', attempt: 1, maxAttempts: 2, delayMs: 5, errorMessage: '529' },
  { type: 'agent_end', messages: [], willRetry: false },
  answer([], { stopReason: 'error' }),
  { type: 'agent_end', messages: [], willRetry: false },
];

const item = (state: string, id: string, type: string, fields: object) => ({
  type: `item.${state}`,
  item: { id, type, ...fields },
});
const codex = [
  { type: 'thread.started', thread_id: 't' },
  { type: 'turn.started' },
  item('completed', 'i0', 'reasoning', { text: 'First.' }),
  item('completed', 'i1', 'agent_message', { text: 'I look.' }),
  item('started', 'i2', 'command_execution', { command: 'false', status: 'in_progress' }),
  item('completed', 'i2', 'command_execution', { command: 'false', exit_code: 1, status: 'failed' }),
  item('completed', 'i3', 'file_change', { changes: [{ path: 'a', kind: 'add' }], status: 'completed' }),
  item('started', 'i4', 'todo_list', { items: [{ text: 'a', completed: false }] }),
  { type: 'error', message: 'Reconnecting... 1/5 (no)' },
  { type: 'turn.completed', usage: { input_tokens: 2, cached_input_tokens: 1, output_tokens: 1 } },
  { type: 'turn.failed', error: { message: 'no' } },
];

const asks = (second: number, tool_id: string, tool_name: string, parameters: object) =>
  stamped(second, { type: 'tool_use', tool_id, tool_name, parameters });
const told = (second: number, tool_id: string, fields: object) =>
  stamped(second, { type: 'tool_result', tool_id, ...fields });
const stats = {
  duration_ms: 9,
  tool_calls: 2,
  models: { 'gemini-2.5-flash': { total_tokens: 3, input_tokens: 2, output_tokens: 1, cached: 0, input: 2 } },
};
const gemini = [
  stamped(0, { type: 'init', session_id: 'g', model: 'gemini-2.5-flash' }),
  stamped(0, { type: 'message', role: 'user', content: 'Go.' }),
  stamped(1, { type: 'message', role: 'assistant', content: 'I look.', delta: true }),
  asks(2, 'g1', 'run_shell_command', { command: 'false' }),
  told(3, 'g1', { status: 'success', output: 'Command exited with code: 1' }),
  asks(4, 'g2', 'write_file', { file_path: 'a', content: 'b' }),
  told(5, 'g2', { status: 'success' }),
  asks(6, 'g3', 'write_todos', { todos: [{ description: 'a', status: 'pending' }] }),
  told(7, 'g3', { status: 'success' }),
  asks(7, 'g4', 'invoke_agent', { agent_name: 'general', prompt: 'Look.' }),
  told(8, 'g4', { status: 'success' }),
  stamped(8, { type: 'error', severity: 'warning', message: 'Loop detected.' }),
  stamped(9, { type: 'result', status: 'success', stats }),
  stamped(9, { type: 'result', status: 'error', error: { type: 'Error', message: 'no' }, stats }),
];

let parts = 0;
const part = (type: string, fields: object) => {
  parts += 1;
  return {
    type: fields === STEP ? 'step_start' : type,
    timestamp: AT + parts,
    sessionID: 'o',
    part: { id: `p${parts}`, type, ...fields },
  };
};
const STEP = {};
const called = (tool: string, input: object, state: object = {}) =>
  part('tool', {
    tool,
    callID: `c${parts}`,
    state: { status: 'completed', input, output: 'ok', metadata: {}, time: { start: AT, end: AT + 5 }, ...state },
  });
const opencode = [
  part('step-start', STEP),
  part('reasoning', { text: 'First.' }),
  part('text', { text: 'I look.' }),
  called('bash', { command: 'false' }, { metadata: { exit: 1 } }),
  called('write', { filePath: 'a', content: 'b' }),
  called('todowrite', { todos: [{ content: 'a', status: 'pending' }] }),
  called('task', { description: 'Look', prompt: 'Look.', subagent_type: 'general' }),
  part('step-finish', {
    reason: 'stop',
    cost: 0.5,
    tokens: { input: 1, output: 1, reasoning: 0, cache: { read: 0, write: 0 } },
  }),
  {
    type: 'error',
    timestamp: AT + 99,
    sessionID: 'o',
    error: { name: 'ContextOverflowError', data: { message: 'too long' } },
  },
  { type: 'error', timestamp: AT + 99, sessionID: 'o', error: { name: 'APIError', data: { message: 'no' } } },
];

const LINES: Readonly<Record<string, readonly object[]>> = {
  'Claude Code': claude,
  Pi: pi,
  Codex: codex,
  'Gemini CLI': gemini,
  OpenCode: opencode,
};

/** What is shown, by the heading of its column: the type of event that shows it, and what of its data has to be there. */
const SHOWN: Readonly<Record<string, readonly [type: string, holds?: (data: Data) => boolean]>> = {
  session: ['session_started'],
  model: ['session_ended', ({ model, model_usage }) => model !== null || Object.keys(model_usage ?? {}).length > 0],
  prompt: ['agent_log', ({ event_type }) => event_type === 'prompt'],
  text: ['text_block'],
  thinking: ['thinking_block'],
  calls: ['tool_use_pre'],
  failures: ['tool_use_post', ({ success }) => success === false],
  durations: ['tool_use_post', ({ duration_ms }) => typeof duration_ms === 'number'],
  files: ['file_changed'],
  'changed lines': ['file_changed', ({ lines_added }) => typeof lines_added === 'number'],
  todos: ['todo_update'],
  'sub-agents': ['task_update'],
  waiting: ['agent_log', ({ waiting }) => waiting !== undefined],
  tokens: ['session_ended', ({ usage, total_usage, model_usage }) => Boolean(usage ?? total_usage ?? model_usage)],
  cost: ['usage_update', ({ cost_usd }) => typeof cost_usd === 'number'],
  end: ['session_ended', ({ is_error }) => is_error === true],
  times: ['text_block', ({ timing }) => timing === 'exact'],
};

/** Lines that no watch saw as they were written: what is known of them is what they say. */
function eventsOf(lines: readonly object[]): readonly NewEvent[] {
  const parser = createLineParser({ generation: GENERATION, phase: 'build', redact: undefined, price: () => 0.1 });
  return linesOf(...lines).flatMap(line => parser.parse(line, { ms: AT, timing: 'unknown' }).events);
}

const table = readFileSync(join(ROOT, 'docs/agents.md'), 'utf8')
  .split('\n')
  .filter(line => line.split('|').length > 5)
  .map(line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  );

describe('the table of what is understood', () => {
  test('has every format, and every column', () => {
    expect(table.slice(2).map(([name]) => name)).toEqual(Object.keys(LINES));
    expect(FORMATS.map(({ name }) => name).toSorted()).toEqual(Object.keys(LINES).toSorted());
    expect(table[0]?.slice(1)).toEqual(Object.keys(SHOWN));
  });

  test.each(Object.entries(LINES))('says of %s what its lines become', (name, lines) => {
    const events = eventsOf(lines);
    expect(
      events.filter(({ type, data }) => type === 'malformed_line' || /^unknown/.test(String(data.message))),
    ).toEqual([]);
    const marks = Object.values(SHOWN).map(([type, holds = () => true]) =>
      events.some(event => event.type === type && holds(event.data)) ? '✓' : '–',
    );
    const row = table.find(([first]) => first === name)?.slice(1);
    expect(row?.map(cell => cell.replace(/ [¹²³⁴⁵⁶⁷⁸]$/, ''))).toEqual(marks);
  });
});
