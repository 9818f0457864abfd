import { describe, expect, it } from 'vitest';
import { LINE_KINDS } from '../../../../../src/sidecar/parse/formats/pi/kinds.ts';
import { repeatsLater } from '../../../../../src/sidecar/parse/formats/pi/repeats.ts';
import { summaryOfFiles } from '../../../../support/run-of-lines.ts';
import { dataOf, eventsOf } from '../../feed.ts';

const T0 = Date.UTC(2026, 10, 1, 9);
const iso = (ms: number) => new Date(T0 + ms).toISOString();
const session = (id = 's-1') => ({ type: 'session', version: 3, id, timestamp: iso(0), cwd: '/srv/shop' });
const user = (text: string, ms: number) => ({
  type: 'message_end',
  message: { role: 'user', content: [{ type: 'text', text }], timestamp: T0 + ms },
});
const counts = (input: number, total: number, more: object = {}) => ({
  input,
  output: 20,
  cacheRead: 300,
  cacheWrite: 40,
  cost: { total },
  ...more,
});
const answer = (content: readonly object[], usage: object, more: object = {}) => ({
  role: 'assistant',
  content,
  model: 'm-1',
  provider: 'local',
  usage,
  stopReason: 'stop',
  timestamp: T0 + 1_000,
  durationMs: 500,
  responseId: 'msg_1',
  ...more,
});
const says = (text: string, usage: object = counts(100, 0.5), more: object = {}) => ({
  type: 'message_end',
  message: answer([{ type: 'text', text }], usage, more),
});
const calls = (id: string, toolName: string, args: object) => ({
  type: 'tool_execution_start',
  toolCallId: id,
  toolName,
  args,
});
const answers = (id: string, toolName: string, text: string, more: object = {}) => ({
  type: 'tool_execution_end',
  toolCallId: id,
  toolName,
  result: { content: [{ type: 'text', text }], ...('details' in more ? { details: more.details } : {}) },
  isError: false,
  durationMs: 12,
  ...more,
});
const ends = (...messages: readonly object[]) => ({ type: 'agent_end', messages, willRetry: false });
const update = (delta: string) => ({
  type: 'message_update',
  usage: counts(1, 0),
  assistantMessageEvent: { type: 'text_delta', contentIndex: 0, delta },
});
const turned = (line: object) => Object.fromEntries(Object.entries(line).reverse());
const typesOf = (...lines: readonly (object | string)[]) => eventsOf(...lines).map(({ type }) => type);

describe('every kind of line of Pi', () => {
  it('is told without an alarm, also where nothing but its kind is on the line', () => {
    for (const type of Object.keys(LINE_KINDS)) {
      const logs = dataOf(eventsOf(session(), { type }), 'agent_log');
      for (const { message } of logs) if (type !== 'message_end') expect(message, type).not.toMatch(/unknown line/);
    }
  });

  it('of no known name is named in a warning', () => {
    const logs = dataOf(eventsOf(session(), { type: 'brand_new' }), 'agent_log');
    expect(logs.at(-1)).toMatchObject({ level: 'WARNING', message: 'unknown line type "brand_new"' });
  });

  it('is known by its members in any order', () => {
    const lines = [session(), user('go', 10), says('ok'), calls('c', 'bash', { command: 'ls' }), update('x'), ends()];
    expect(typesOf(...lines.map(turned))).toEqual(typesOf(...lines));
  });
});

describe('a run of Pi', () => {
  const lines = [
    session(),
    { type: 'agent_start' },
    { type: 'message_start', message: { role: 'user', content: 'go', timestamp: T0 + 10 } },
    user('go', 10),
    { type: 'message_start', message: answer([], counts(1, 0), { stopReason: 'pending' }) },
    {
      type: 'message_end',
      message: answer(
        [
          { type: 'thinking', thinking: 'First.' },
          { type: 'text', text: 'I look.' },
        ],
        counts(100, 0.5),
      ),
    },
    calls('c1', 'bash', { command: 'ls' }),
    { type: 'tool_execution_update', toolCallId: 'c1', toolName: 'bash', args: {}, partialResult: { content: [] } },
    answers('c1', 'bash', 'Command exited with code 3', { isError: true }),
    calls('c2', 'write', { path: '/srv/shop/a.txt', content: 'one\ntwo\n' }),
    answers('c2', 'write', 'ok'),
    calls('c3', 'edit', {
      path: 'a.txt',
      edits: [
        { oldText: 'one', newText: '1' },
        { oldText: 'two', newText: '2\n3' },
      ],
    }),
    answers('c3', 'edit', 'ok'),
    calls('c4', 'edit', { path: 'a.txt', edits: [{ oldText: '1', newText: '0' }] }),
    answers('c4', 'edit', 'ok', { details: { patch: '--- a.txt\n+++ a.txt\n@@ -1,1 +1,1 @@\n-1\n+0\n' } }),
    says('Done.', counts(200, 0.25), { responseId: 'msg_1', timestamp: T0 + 3_000 }),
    { type: 'turn_end', message: answer([{ type: 'text', text: 'Done.' }], counts(200, 0.25)), toolResults: [] },
    ends({ role: 'user', content: 'go', timestamp: T0 + 10 }, answer([], counts(200, 0.25), { timestamp: T0 + 3_000 })),
    { type: 'agent_settled', aborted: false },
  ];
  const events = eventsOf(...lines);

  it('is told with texts, calls, files and an end, each once', () => {
    expect(dataOf(events, 'session_started')).toMatchObject([{ agent: 'Pi', cwd: '/srv/shop', session_id: 's-1' }]);
    expect(dataOf(events, 'agent_log').filter(({ event_type }) => event_type === 'prompt')).toHaveLength(1);
    expect(dataOf(events, 'thinking_block').map(({ content }) => content)).toEqual(['First.']);
    expect(dataOf(events, 'text_block').map(({ content }) => content)).toEqual(['I look.', 'Done.']);
    expect(dataOf(events, 'tool_use_pre').map(({ tool_kind }) => tool_kind)).toEqual(['run', 'write', 'edit', 'edit']);
    expect(dataOf(events, 'tool_use_post')).toMatchObject([
      { tool_use_id: 'c1', success: false, error: 'Command exited with code 3', duration_ms: 12 },
      { tool_use_id: 'c2', success: true },
      { tool_use_id: 'c3', success: true },
      { tool_use_id: 'c4', success: true },
    ]);
    expect(dataOf(events, 'file_changed')).toMatchObject([
      { file_path: 'a.txt', operation: 'write', lines_added: 2, lines_removed: 0 },
      { file_path: 'a.txt', operation: 'modified', lines_added: 3, lines_removed: 2 },
      { file_path: 'a.txt', diff: '--- a/a.txt\n+++ b/a.txt\n@@ -1,1 +1,1 @@\n-1\n+0' },
    ]);
    expect(dataOf(events, 'session_ended')).toMatchObject([
      { subtype: 'success', result: 'Done.', num_turns: 2, duration_ms: 3_490, total_cost_usd: 0.75 },
    ]);
  });

  it('counts both answers though their provider gives them one id', () => {
    expect(dataOf(events, 'usage_update').map(({ totals, cost_usd }) => [totals.input_tokens, cost_usd])).toEqual([
      [100, 0.5],
      [300, 0.75],
    ]);
  });

  it('has the times that its messages say, never that of a session’s first begin', () => {
    const at = (type: string) => events.filter(event => event.type === type).map(({ data }) => data.timestamp);
    expect(at('text_block')).toEqual([iso(1_500), iso(3_500)]);
    expect(at('session_ended')).toEqual([iso(3_500)]);
    expect(dataOf(events, 'session_started')[0]?.timing).toBe('observed');
  });

  it('costs what it says, and is no estimate', () => {
    const { totals, models } = summaryOfFiles([{ role: 'builder', lines }]);
    expect(totals).toMatchObject({
      cost_usd: 0.75,
      cost_estimated: false,
      input_tokens: 300,
      tools: 4,
      tool_errors: 1,
    });
    expect(models).toMatchObject([{ model: 'm-1', cost_usd: 0.75, output_tokens: 40 }]);
  });
});

describe('what Pi used', () => {
  const costOf = (...lines: readonly object[]) => {
    const { totals } = summaryOfFiles([{ role: 'builder', lines }]);
    return [totals.cost_usd, totals.input_tokens, totals.cost_estimated];
  };

  it('counts once where a session is resumed in its file, and nothing is lost of a process that was killed', () => {
    const [one, two, three] = [says('a', counts(100, 0.5)), says('b', counts(200, 1)), says('c', counts(400, 2))];
    expect(costOf(session(), one, ends(), session(), two, ends())).toEqual([1.5, 300, false]);
    expect(costOf(session(), one, ends(), session(), two, session(), three, ends())).toEqual([3.5, 700, false]);
    expect(costOf(session(), one, ends(), session('s-2'), three, ends())).toEqual([2.5, 500, false]);
  });

  it('counts what it repeats for other roles of the session once', () => {
    const files = [
      { role: 'planner', lines: [session(), says('a', counts(100, 0.5)), ends()] },
      { role: 'builder', lines: [session(), says('b', counts(200, 0.25)), ends()] },
    ];
    expect(summaryOfFiles(files).totals).toMatchObject({ cost_usd: 0.75, input_tokens: 300 });
  });

  it('is not known where it has no price: nothing is never free', () => {
    expect(costOf(session(), says('a', counts(100, 0)), ends())).toEqual([null, 100, true]);
  });

  it('has what tools and compactions used', () => {
    const tool = { role: 'toolResult', toolCallId: 'c', content: [], usage: counts(10, 0.1), timestamp: T0 + 9 };
    const compaction = { type: 'compaction_end', reason: 'threshold', result: { usage: counts(5, 0.2) } };
    const lines = [session(), says('a', counts(100, 0.5)), { type: 'message_end', message: tool }, compaction, ends()];
    expect(costOf(...lines)).toEqual([0.8, 115, false]);
  });
});

describe('an end of Pi', () => {
  const endOf = (more: object) =>
    dataOf(eventsOf(session(), says('so far', counts(1, 1), more), ends()), 'session_ended')[0];

  it('is a failure where the API failed, it was stopped, or its answer is cut off', () => {
    expect(endOf({ stopReason: 'error', errorMessage: '529 overloaded' })).toMatchObject({
      subtype: 'error',
      is_error: true,
      errors: ['529 overloaded'],
    });
    expect(endOf({ stopReason: 'aborted' })).toMatchObject({ subtype: 'aborted', is_error: true });
    expect(endOf({ stopReason: 'length' })).toMatchObject({ subtype: 'max_output_tokens', is_error: true });
  });

  it('is none where it tries again, and another begin where a second prompt follows', () => {
    const retry = { type: 'auto_retry_start', attempt: 1, maxAttempts: 3, delayMs: 2_000, errorMessage: '529' };
    const events = eventsOf(session(), { ...ends(), willRetry: true }, retry, says('a'), ends(), {
      type: 'agent_start',
    });
    expect(dataOf(events, 'session_ended')).toHaveLength(1);
    expect(dataOf(events, 'session_started')).toHaveLength(2);
    const [log] = dataOf(events, 'agent_log').filter(({ waiting }) => waiting !== undefined);
    expect(log).toMatchObject({
      message: 'API retry 1/3 in 2 s (529)',
      waiting: { for: 'api_retry', attempt: 1, attempts_max: 3, delay_ms: 2_000 },
    });
  });

  it('waits while it compacts', () => {
    const events = eventsOf(session(), { type: 'compaction_start', reason: 'threshold' });
    expect(dataOf(events, 'agent_log').at(-1)?.waiting).toMatchObject({ for: 'compaction' });
  });
});

describe('a frame that a later line repeats whole', () => {
  it('makes no row, whatever the order of its keys and in whatever spelling', () => {
    const frame = update('"type":"message_end"');
    const old = {
      type: 'message_update',
      message: answer([{ type: 'text', text: 'a' }], counts(1, 0)),
      assistantMessageEvent: {},
    };
    const texts = [frame, old, turned(frame), turned(old)].map(line => JSON.stringify(line));
    texts.push(JSON.stringify(frame, null, 1).replaceAll('\n', ''), JSON.stringify({ type: 'tool_execution_update' }));
    for (const text of texts) {
      expect(repeatsLater(text), text).toBe(true);
      expect(typesOf(session(), text), text).toEqual(typesOf(session()));
    }
  });

  it('is not seen in what a tool is given or says', () => {
    const call = calls('c', 'write', { path: 'a', content: JSON.stringify(update('x')), frame: update('x') });
    expect(repeatsLater(JSON.stringify(call))).toBe(false);
    expect(typesOf(session(), call)).toContain('tool_use_pre');
  });

  it('hides nothing of a damaged line', () => {
    const frame = JSON.stringify(update('x'));
    const glued = typesOf(session(), `${frame}${JSON.stringify(says('a'))}`);
    expect(glued).toContain('text_block');
    expect(glued).not.toContain('malformed_line');
    const cut = typesOf(session(), `${frame.slice(0, 40)}${JSON.stringify(says('a'))}`);
    expect(cut).toContain('text_block');
    expect(cut).toContain('malformed_line');
    expect(typesOf(session(), frame.slice(0, 60))).toContain('malformed_line');
  });
});
