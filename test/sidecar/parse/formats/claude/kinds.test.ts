import { describe, expect, it } from 'vitest';
import { LINE_KINDS } from '../../../../../src/sidecar/parse/formats/claude/kinds.ts';
import { arrivalOf, assistant, dataOf, eventsOf, init, result, toolResult, toolUse } from '../../feed.ts';

const system = (subtype: string, fields: object = {}) => ({ ...fields, subtype, type: 'system', session_id: 's-1' });
const logsOf = (...lines: readonly object[]) => dataOf(eventsOf(...lines), 'agent_log');
/** A line with its first members last, as newer versions write their results. */
const turned = (line: object) => Object.fromEntries(Object.entries(line).reverse());

describe('every kind of line', () => {
  it('is told without an alarm, also where nothing but its kind is on the line', () => {
    for (const kind of Object.keys(LINE_KINDS)) {
      const [type, subtype] = kind.split('/');
      const events = eventsOf({ type, ...(subtype === undefined ? {} : { subtype }) });
      for (const { message } of dataOf(events, 'agent_log')) expect(message, kind).not.toMatch(/unknown (line|system)/);
    }
  });

  it('of no known name is named in a warning', () => {
    expect(logsOf(system('brand_new'), { type: 'newer' })).toMatchObject([
      { level: 'WARNING', message: 'unknown system line "brand_new"', event_type: 'brand_new' },
      { level: 'WARNING', message: 'unknown line type "newer"', event_type: 'newer' },
    ]);
  });

  it('is known by its members in any order', () => {
    const lines = [toolUse('t1', 'Bash', { command: 'ls' }), toolResult('t1', 'a'), system('thinking_tokens')];
    const straight = eventsOf(...lines).map(({ type }) => type);
    expect(eventsOf(...lines.map(turned)).map(({ type }) => type)).toEqual(straight);
  });
});

describe('signs of life', () => {
  it('make no rows', () => {
    const lines = [
      { type: 'keep_alive' },
      { type: 'tool_progress', tool_use_id: 't1', elapsed_time_seconds: 30 },
      { type: 'stream_event', event: { type: 'content_block_delta' } },
      system('thinking_tokens', { estimated_tokens: 5 }),
      system('control_request_progress', { status: 'started' }),
    ];
    expect(eventsOf(...lines).map(({ type }) => type)).toEqual(['attempt_started']);
  });
});

describe('what an agent waits for', () => {
  const waitsOf = (...lines: readonly object[]) => logsOf(...lines).map(({ waiting }) => waiting);

  it('is the API that it asks again, and until when', () => {
    const retry = { attempt: 4, max_retries: 10, retry_delay_ms: 8_000, error_status: 529, error: 'overloaded' };
    const message = 'API retry 4/10 in 8 s (529 overloaded)';
    const until = new Date(arrivalOf(1).ms + 8_000).toISOString();
    const waiting = { for: 'api_retry', attempt: 4, attempts_max: 10, delay_ms: 8_000, until, message };
    expect(logsOf(system('api_retry', retry))).toMatchObject([{ level: 'WARNING', message, waiting, details: retry }]);
    expect(waitsOf(system('control_request_progress', { status: 'api_retry', ...retry }))).toEqual([waiting]);
  });

  it('is a rate limit that refuses it until it is reset; one that allows is no warning', () => {
    const limit = (status: string, more: object = {}) => ({
      type: 'rate_limit_event',
      rate_limit_info: { status, resetsAt: 1_788_321_600, rateLimitType: 'five_hour', ...more },
    });
    expect(logsOf(limit('allowed'), limit('allowed_warning', { utilization: 0.91 }), limit('rejected'))).toMatchObject([
      { level: 'INFO', message: 'rate limit five_hour allowed' },
      { level: 'WARNING', message: 'rate limit five_hour allowed_warning, 91 % used' },
      {
        level: 'WARNING',
        message: 'rate limit five_hour rejected',
        waiting: { for: 'rate_limit', until: '2026-09-02T04:00:00.000Z' },
      },
    ]);
    expect(waitsOf(limit('allowed'), limit('rejected', { isUsingOverage: true }))).toEqual([undefined, undefined]);
    expect(waitsOf(limit('rejected', { resetsAt: 1e300 }))[0]).not.toHaveProperty('until');
  });

  it('is a person: a permission, a question, an action', () => {
    const request = (fields: object) => ({ type: 'control_request', request_id: 'r1', request: fields });
    expect(
      waitsOf(
        request({ subtype: 'can_use_tool', tool_name: 'Bash', tool_use_id: 't1', title: 'rm -rf build' }),
        request({ subtype: 'elicitation', mcp_server_name: 'db', message: 'Which one?' }),
        request({ subtype: 'mcp_message' }),
        system('session_state_changed', { state: 'requires_action' }),
        system('session_state_changed', { state: 'running' }),
      ),
    ).toEqual([
      { for: 'permission', tool_use_id: 't1', message: 'asks to use Bash: rm -rf build' },
      { for: 'permission', message: 'MCP server db asks: Which one?' },
      undefined,
      { for: 'permission', message: 'session waits for an answer' },
      undefined,
    ]);
  });

  it('is its own compaction, which a boundary ends with what it came to', () => {
    const boundary = { trigger: 'auto', pre_tokens: 180_000, post_tokens: 21_000, duration_ms: 12_300 };
    expect(
      logsOf(system('status', { status: 'compacting' }), system('compact_boundary', { compact_metadata: boundary })),
    ).toMatchObject([
      { waiting: { for: 'compaction', message: 'status: compacting' } },
      {
        message: 'conversation compacted (auto) at 180000 tokens, 21000 left, 12.3 s',
        details: { compact_metadata: boundary },
      },
    ]);
    expect(
      logsOf(system('status', { status: null, compact_result: 'failed', compact_error: 'no room' })),
    ).toMatchObject([{ level: 'WARNING', message: 'compaction failed: no room' }]);
  });
});

describe('a hook', () => {
  const hook = (hook_name: string, fields: object) =>
    system('hook_response', { hook_name, hook_event: 'Stop', ...fields });

  it('tells that it failed or was cancelled; one that blocks has not failed', () => {
    expect(
      logsOf(
        hook('a', { outcome: 'error', stderr: 'spawn ENOENT' }),
        hook('b', { outcome: 'cancelled' }),
        hook('c', { outcome: 'error', exit_code: 2, stderr: 'tests are red' }),
        hook('d', { outcome: 'success', exit_code: 0, stdout: '{}' }),
        system('hook_progress', { hook_name: 'e', stdout: '', output: '', stderr: 'awk: failure\n' }),
      ),
    ).toMatchObject([
      { level: 'ERROR', message: 'hook a failed: spawn ENOENT', details: { outcome: 'error', hook_event: 'Stop' } },
      { level: 'WARNING', message: 'hook b was cancelled' },
      { level: 'WARNING', message: 'hook c blocks (exit code 2): tests are red' },
      { level: 'INFO', message: 'hook d done: {}' },
      { level: 'INFO', message: 'hook e: awk: failure' },
    ]);
  });
});

describe('lines that are taken back', () => {
  it('leave no call open, and are told before what takes their place', () => {
    const events = eventsOf(
      toolUse('t1', 'Bash', { command: 'rm -rf build' }, { uuid: 'u1' }),
      toolUse('t2', 'Bash', { command: 'make' }, { uuid: 'u2', supersedes: ['u1'] }),
      toolResult('t2', 'ok'),
    );
    expect(events.map(({ type }) => type)).toEqual([
      'attempt_started',
      'tool_use_pre',
      'agent_log',
      'tool_use_post',
      'tool_use_pre',
      'tool_use_post',
    ]);
    expect(dataOf(events, 'tool_use_post')).toMatchObject([
      { tool_use_id: 't1', tool_name: 'Bash', status: 'retracted', error: null, duration_ms: null },
      { tool_use_id: 't2', status: 'success' },
    ]);
  });

  it('are named by the fallback after a refusal too', () => {
    const events = eventsOf(
      toolUse('t1', 'Bash', {}, { uuid: 'u1' }),
      system('model_refusal_fallback', {
        original_model: 'big',
        fallback_model: 'small',
        retracted_message_uuids: ['u1', 7],
      }),
    );
    expect(dataOf(events, 'agent_log')).toMatchObject([
      { level: 'WARNING', message: 'big refused; small goes on' },
      { level: 'INFO', message: 'takes back 1 earlier line' },
    ]);
    expect(dataOf(events, 'tool_use_post')).toMatchObject([{ tool_use_id: 't1', status: 'retracted' }]);
  });
});

describe('blocks of the API', () => {
  it('are told for what they are', () => {
    const block = (type: string, fields: object) => assistant([{ type, ...fields }]);
    const messages = logsOf(
      block('container_upload', { file_id: 'f1' }),
      block('compaction', { content: 'So far: two files.' }),
      block('fallback', { from: { model: 'big' }, to: { model: 'small' } }),
      block('mcp_tool_listing', { mcp_server_name: 'db', tools: [{}, {}] }),
      {
        type: 'user',
        message: {
          content: [
            { type: 'document', title: 'Spec' },
            { type: 'search_result', title: 'R' },
          ],
        },
      },
    ).map(({ level, message }) => `${level} ${message}`);
    expect(messages).toEqual([
      'INFO file f1 for the container',
      'INFO conversation compacted: So far: two files.',
      'INFO big hands over to small',
      'INFO MCP server db has 2 tools',
      'INFO document: Spec',
      'INFO search result: R',
    ]);
  });

  it('with an error of a tool of its own are failures', () => {
    const search = (id: string, content: unknown) => [
      assistant([{ type: 'server_tool_use', id, name: 'web_search', input: { query: 'x' } }]),
      assistant([{ type: 'web_search_tool_result', tool_use_id: id, content }]),
    ];
    const events = eventsOf(
      ...search('s1', [{ type: 'web_search_result', title: 'E', url: 'https://e.example' }]),
      ...search('s2', { type: 'web_search_tool_result_error', error_code: 'max_uses_exceeded' }),
    );
    expect(dataOf(events, 'tool_use_post')).toMatchObject([
      { tool_name: 'web_search', success: true, output: '[web_search_result E]' },
      { tool_name: 'web_search', success: false, status: 'error', error: 'max_uses_exceeded' },
    ]);
    expect(dataOf(events, 'agent_log')).toEqual([]);
  });

  it('lose nothing where their content is null, a text, or holds both', () => {
    const resource = { type: 'resource', resource: { uri: 'file:///x', text: 'hello' } };
    const outputs = dataOf(
      eventsOf(
        toolResult('t1', null),
        toolResult('t2', [null, 'text', resource]),
        assistant([], { content: 'a string' }),
        { type: 'user', message: { role: 'user', content: null } },
      ),
      'tool_use_post',
    );
    expect(outputs.map(({ output }) => output)).toEqual(['', 'text\nhello']);
  });
});

describe('what comes for free', () => {
  it('is kept: what a command did to the repository, and how full the context is', () => {
    const git = {
      commit: { sha: 'abc1234', kind: 'committed', branch: 'feat-1' },
      pr: { number: 12, url: 'https://git.example/p/12', action: 'created' },
    };
    const events = eventsOf(
      assistant([{ type: 'tool_use', id: 't1', name: 'Bash', input: {} }], {
        usage: { input_tokens: 10, cache_read_input_tokens: 3_000, cache_creation_input_tokens: 500, output_tokens: 7 },
      }),
      toolResult('t1', 'ok', {}, { tool_use_result: { stdout: 'ok', gitOperation: git } }),
    );
    expect(dataOf(events, 'tool_use_post')).toMatchObject([{ git }]);
    expect(dataOf(events, 'usage_update')).toMatchObject([{ context_tokens: 3_510 }]);
  });

  it('is what only some results say, and a hundred denials as a hundred', () => {
    const said = {
      structured_output: { verdict: 'pass', checks: [1, 2] },
      api_error_status: 529,
      api_error_type: 'overloaded_error',
      subagent_stats: { spawned: 2 },
      queued_turn_count: 1,
      deferred_tool_use: { id: 't9', name: 'Bash' },
      stop_reason: 'end_turn',
      terminal_reason: 'completed',
    };
    const denials = Array.from({ length: 100 }, (_, nth) => ({ tool_name: 'Bash', tool_use_id: `t${nth}` }));
    const [ended] = dataOf(eventsOf(init(), result({ ...said, permission_denials: denials })), 'session_ended');
    expect(ended).toMatchObject(said);
    expect(ended?.permission_denials).toHaveLength(100);
  });

  it('is the list of tasks as TaskList and TaskGet read it', () => {
    const events = eventsOf(
      init(),
      toolUse('t1', 'TaskList', {}),
      toolResult(
        't1',
        '',
        {},
        {
          tool_use_result: {
            tasks: [
              { id: '1', subject: 'A', status: 'completed', blockedBy: [] },
              { id: '2', subject: 'B', status: 'pending', blockedBy: ['1'] },
            ],
          },
        },
      ),
      toolUse('t2', 'TaskGet', { taskId: '2' }),
      toolResult('t2', '', {}, { tool_use_result: { task: { id: '2', subject: 'B', status: 'in_progress' } } }),
    );
    expect(dataOf(events, 'todo_update').map(({ items }) => items)).toEqual([
      [
        { id: '1', content: 'A', state: 'completed' },
        { id: '2', content: 'B', state: 'pending' },
      ],
      [
        { id: '1', content: 'A', state: 'completed' },
        { id: '2', content: 'B', state: 'in_progress' },
      ],
    ]);
  });
});

describe('a result of zeros', () => {
  const zeros = { is_error: true, subtype: 'error_during_execution', total_cost_usd: 0, usage: {}, modelUsage: {} };
  const costOf = (...lines: readonly object[]) => dataOf(eventsOf(...lines), 'session_ended').at(-1)?.total_cost_usd;

  it('knows no cost after lines that say what was used, and one of nothing where none does', () => {
    const used = assistant([{ type: 'text', text: 'x' }], { usage: { input_tokens: 10, output_tokens: 7 } });
    expect(costOf(init(), used, result(zeros))).toBeNull();
    expect(costOf(init(), result(zeros))).toBe(0);
  });
});
