import { describe, expect, it } from 'vitest';
import { commandIn, ITEM_KINDS } from '../../../../../src/sidecar/parse/formats/codex/items.ts';
import { LINE_KINDS } from '../../../../../src/sidecar/parse/formats/codex/kinds.ts';
import { summaryOfFiles } from '../../../../support/run-of-lines.ts';
import { dataOf, eventsOf } from '../../feed.ts';

const thread = (thread_id = 't-1') => ({ type: 'thread.started', thread_id });
const TURN = { type: 'turn.started' };
const item = (state: string, id: string, type: string, fields: object = {}) => ({
  type: `item.${state}`,
  item: { id, type, ...fields },
});
const shell = (id: string, command: string, code: number, output = '') => [
  item('started', id, 'command_execution', { command, aggregated_output: '', exit_code: null, status: 'in_progress' }),
  item('completed', id, 'command_execution', {
    command,
    aggregated_output: output,
    exit_code: code,
    status: code === 0 ? 'completed' : 'failed',
  }),
];
const says = (id: string, text: string) => item('completed', id, 'agent_message', { text });
const todos = (state: string, ...done: readonly boolean[]) =>
  item(state, 'item_8', 'todo_list', { items: done.map((completed, at) => ({ text: `step ${at}`, completed })) });
/** The thread's totals, as Codex counts them. */
const ends = (input_tokens: number, cached_input_tokens = 0, output_tokens = 10) => ({
  type: 'turn.completed',
  usage: { input_tokens, cached_input_tokens, cache_write_input_tokens: 0, output_tokens, reasoning_output_tokens: 5 },
});
const turned = (line: object) => Object.fromEntries(Object.entries(line).reverse());

describe('every kind of line of Codex', () => {
  it('is told without an alarm, also where nothing but its kind is on the line', () => {
    const lines = Object.keys(LINE_KINDS).map(type =>
      type.startsWith('item.') ? { type, item: { type: 'error' } } : { type },
    );
    const items = Object.keys(ITEM_KINDS).flatMap(type =>
      ['started', 'updated', 'completed'].map(state => item(state, 'i', type)),
    );
    const logs = dataOf(eventsOf(thread(), ...lines, ...items), 'agent_log');
    for (const { message } of logs) expect(message).not.toMatch(/unknown/);
  });

  it('of no known name is named in a warning, once', () => {
    const lines = [{ type: 'turn.new' }, item('completed', 'i', 'brand_new')];
    const logs = dataOf(eventsOf(thread(), ...lines, ...lines), 'agent_log');
    expect(logs).toHaveLength(3);
    expect(logs.slice(-2)).toMatchObject([
      { level: 'WARNING', message: 'unknown line type "turn.new"' },
      { level: 'WARNING', message: 'unknown item "brand_new"' },
    ]);
  });
});

describe('a run of Codex', () => {
  const changes = [
    { path: '/srv/shop/a.txt', kind: 'add' },
    { path: '/srv/shop/b.txt', kind: 'update' },
    { path: '/srv/shop/c.txt', kind: 'delete' },
  ];
  const lines = [
    thread(),
    TURN,
    item('completed', 'item_0', 'reasoning', { text: 'First.' }),
    ...shell('item_1', "/bin/bash -lc 'npm test'", 0, '24 passed'),
    ...shell('item_2', '/bin/bash -lc false', 1),
    item('started', 'item_3', 'file_change', { changes, status: 'in_progress' }),
    item('completed', 'item_3', 'file_change', { changes, status: 'completed' }),
    item('completed', 'item_4', 'file_change', { changes, status: 'failed' }),
    item('started', 'item_5', 'mcp_tool_call', {
      server: 'db',
      tool: 'query',
      arguments: { sql: 'x' },
      status: 'in_progress',
    }),
    item('completed', 'item_5', 'mcp_tool_call', {
      server: 'db',
      tool: 'query',
      arguments: {},
      error: { message: 'no such table' },
      status: 'failed',
    }),
    item('completed', 'item_6', 'web_search', { query: 'vite' }),
    todos('started', true, false),
    todos('updated', true, true),
    says('item_7', 'Done.'),
    todos('completed', true, true),
    ends(1_000, 400),
  ];

  it('is told with texts, calls, files, lists and an end, whatever the order of keys', () => {
    for (const events of [eventsOf(...lines), eventsOf(...lines.map(turned))]) {
      expect(dataOf(events, 'session_started')).toMatchObject([{ agent: 'Codex', session_id: 't-1' }]);
      expect(dataOf(events, 'thinking_block').map(({ content }) => content)).toEqual(['First.']);
      expect(dataOf(events, 'text_block').map(({ content }) => content)).toEqual(['Done.']);
      expect(dataOf(events, 'tool_use_pre').map(({ tool_name, tool_kind }) => [tool_name, tool_kind])).toEqual([
        ['shell', 'run'],
        ['shell', 'run'],
        ['apply_patch', 'edit'],
        ['apply_patch', 'edit'],
        ['mcp__db__query', undefined],
        ['web_search', 'fetch'],
      ]);
      expect(dataOf(events, 'tool_use_pre')[0]?.input).toEqual({ command: 'npm test' });
      expect(dataOf(events, 'tool_use_post')).toMatchObject([
        { success: true, output: '24 passed', duration_ms: 1_000 },
        { success: false, error: 'Command exited with code 1' },
        { success: true },
        { success: false, error: 'The patch was not applied.' },
        { success: false, error: 'no such table' },
        { success: true },
      ]);
      // What was changed in a file is not said: no count of lines is made up.
      expect(dataOf(events, 'file_changed')).toMatchObject([
        { file_path: '/srv/shop/a.txt', operation: 'created', lines_added: null, summary: 'created /srv/shop/a.txt' },
        { operation: 'modified' },
        { operation: 'deleted' },
      ]);
      expect(dataOf(events, 'todo_update').map(({ items }) => items.map(({ state }) => state))).toEqual([
        ['completed', 'pending'],
        ['completed', 'completed'],
      ]);
      expect(dataOf(events, 'session_ended')).toMatchObject([
        {
          subtype: 'success',
          result: 'Done.',
          total_cost_usd: null,
          total_usage: { input_tokens: 600, cache_read_input_tokens: 400 },
        },
      ]);
    }
  });

  it('has calls with ids of their own, though each process counts its items from 0', () => {
    const events = eventsOf(
      thread(),
      TURN,
      ...shell('item_0', 'ls', 0),
      ends(1),
      thread(),
      TURN,
      ...shell('item_0', 'ls', 0),
    );
    const begun = dataOf(events, 'tool_use_pre').map(({ tool_use_id }) => tool_use_id);
    expect(new Set(begun).size).toBe(2);
    expect(dataOf(events, 'tool_use_post').map(({ tool_use_id }) => tool_use_id)).toEqual(begun);
  });
});

describe('the command that a shell was given', () => {
  it.each([
    ["/bin/bash -lc 'echo hi; ls'", 'echo hi; ls'],
    ['/bin/bash -lc true', 'true'],
    [String.raw`bash -lc 'echo '\''a'\'''`, "echo 'a'"],
    [String.raw`/bin/zsh -c "echo \"a\" \$HOME"`, 'echo "a" $HOME'],
    ['npm test', 'npm test'],
  ])('%s is %s', (command, script) => expect(commandIn(command)).toBe(script));
});

describe('what Codex used', () => {
  const tokensOf = (...lines: readonly object[]) => {
    const { totals } = summaryOfFiles([{ role: 'builder', lines }]);
    return [totals.input_tokens, totals.cache_read_tokens, totals.output_tokens, totals.cost_usd];
  };

  it('is what the thread’s newest turn says, over every resumption', () => {
    expect(tokensOf(thread(), TURN, ends(1_000, 400, 80), thread(), TURN, ends(1_500, 600, 120))).toEqual([
      900,
      600,
      120,
      null,
    ]);
  });

  it('goes on from what a turn that failed used', () => {
    const failed = { type: 'turn.failed', error: { message: 'no' } };
    expect(tokensOf(thread(), TURN, failed, thread(), TURN, ends(1_500, 500, 9))).toEqual([1_000, 500, 9, null]);
  });

  it('is added up where a process begins at zero again, and where another thread follows', () => {
    expect(tokensOf(thread(), TURN, ends(1_000, 0, 80), thread(), TURN, ends(300, 0, 20))).toEqual([
      1_300,
      0,
      100,
      null,
    ]);
    expect(tokensOf(thread(), TURN, ends(1_000, 0, 80), thread('t-2'), TURN, ends(1_300, 0, 90))).toEqual([
      2_300,
      0,
      170,
      null,
    ]);
  });

  it('is not counted again after a turn of which Codex knew no usage, and says of that one alone that nobody knows', () => {
    const used = [200, 0, 20, null];
    expect(tokensOf(thread(), TURN, ends(100, 0, 10), TURN, ends(0, 0, 0), TURN, ends(200, 0, 20))).toEqual(used);
    expect(tokensOf(thread(), TURN, ends(100), TURN, { type: 'turn.completed' }, TURN, ends(200, 0, 20))).toEqual(used);
    const [ended] = dataOf(eventsOf(thread(), TURN, ends(0, 0, 0)), 'session_ended');
    expect(ended).not.toHaveProperty('total_usage');
  });

  it('is added up where the begin of a turn was lost', () => {
    const updates = dataOf(eventsOf(thread(), ends(100, 90, 10), ends(150, 90, 20)), 'usage_update');
    expect(updates.map(({ totals }) => totals)).toMatchObject([
      { input_tokens: 10, cache_read_input_tokens: 90, output_tokens: 10 },
      { input_tokens: 60, cache_read_input_tokens: 90, output_tokens: 20 },
    ]);
  });

  it('is shared by the roles that one thread leads through', () => {
    const files = [
      { role: 'planner', lines: [thread(), TURN, ends(1_000, 0, 80)] },
      { role: 'builder', lines: [thread(), TURN, ends(1_500, 0, 100)] },
    ];
    for (const read of [files, files.toReversed()])
      expect(summaryOfFiles(read).totals).toMatchObject({ input_tokens: 1_500, output_tokens: 100 });
  });
});

describe('what goes wrong in Codex', () => {
  it('is a retry while it asks again, and a failure when its turn fails', () => {
    const events = eventsOf(
      thread(),
      TURN,
      item('completed', 'item_0', 'error', { message: 'Model metadata not found.' }),
      { type: 'error', message: 'Reconnecting... 2/5 (stream disconnected)' },
      { type: 'error', message: 'unexpected status 401' },
      { type: 'turn.failed', error: { message: 'unexpected status 401' } },
    );
    const [retry] = dataOf(events, 'agent_log').filter(({ waiting }) => waiting !== undefined);
    expect(retry).toMatchObject({
      message: 'API retry 2/5 (stream disconnected)',
      waiting: { for: 'api_retry', attempt: 2, attempts_max: 5 },
    });
    expect(dataOf(events, 'session_ended')).toMatchObject([
      { subtype: 'error', is_error: true, errors: ['unexpected status 401'] },
    ]);
    expect(dataOf(events, 'agent_log').filter(({ level }) => level === 'ERROR')).toHaveLength(1);
  });
});
