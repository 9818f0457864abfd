import { describe, expect, it } from 'vitest';
import { assistant, dataOf, eventsOf, init, linesOf, parseAll, result, toolResult, toolUse } from '../../feed.ts';

describe('a tool call and its result', () => {
  it('are paired by id, however many are open at once', () => {
    const events = eventsOf(
      toolUse('t1', 'Bash', { command: 'npm test' }),
      toolUse('t2', 'Read', { file_path: '/a' }),
      toolResult('t2', 'text'),
      toolResult('t1', 'Exit code 1', { is_error: true }),
    );
    expect(dataOf(events, 'tool_use_pre')).toMatchObject([
      { tool_name: 'Bash', tool_use_id: 't1', input: { command: 'npm test' } },
      { tool_name: 'Read', tool_use_id: 't2' },
    ]);
    expect(dataOf(events, 'tool_use_post')).toMatchObject([
      {
        tool_name: 'Read',
        success: true,
        status: 'success',
        error: null,
        output: 'text',

        duration_ms: 1_000,
      },
      { tool_name: 'Bash', success: false, status: 'error', error: 'Exit code 1', duration_ms: 3_000 },
    ]);
  });

  it('take the duration that the tool names, before any clock', () => {
    const events = eventsOf(
      toolUse('t1', 'Glob', {}),
      toolResult('t1', '', {}, { tool_use_result: { durationMs: 162 } }),
      toolUse('t2', 'Task', {}),
      toolResult('t2', '', {}, { tool_use_result: { totalDurationMs: 9_000 } }),
    );
    expect(dataOf(events, 'tool_use_post').map(post => post.duration_ms)).toEqual([162, 9_000]);
  });

  it('have no duration when their times cannot be compared or run backwards', () => {
    const backwards = eventsOf(
      toolUse('t1', 'Bash', {}, { timestamp: '2026-01-01T00:00:09Z' }),
      toolResult('t1', '', {}, { timestamp: '2026-01-01T00:00:01Z' }),
    );
    expect(dataOf(backwards, 'tool_use_post')[0]?.duration_ms).toBeNull();
    const mixed = eventsOf(toolUse('t1', 'Bash', {}, { timestamp: '2026-01-01T00:00:00Z' }), toolResult('t1', ''));
    expect(dataOf(mixed, 'tool_use_post')[0]?.duration_ms).toBeNull();
  });

  it('show blocks of text joined and other blocks by their kind', () => {
    const [post] = dataOf(
      eventsOf(toolResult('t1', [{ type: 'text', text: 'a' }, { type: 'text', text: 'b' }, { type: 'document' }])),
      'tool_use_post',
    );
    expect(post).toMatchObject({ output: 'a\nb\n[document]', tool_name: 'unknown' });
  });

  it('cut long texts at 2,000 characters, also inside of the input, and say how long they were', () => {
    const events = eventsOf(
      toolUse('t1', 'Write', { file_path: '/x', content: 'y'.repeat(5_000) }),
      toolResult('t1', 'z'.repeat(3_000)),
    );
    const [pre] = dataOf(events, 'tool_use_pre');
    expect(pre).toMatchObject({
      truncated: true,
      full_size: 5_018,
      input: { file_path: '/x', content: 'y'.repeat(2_000) },
    });
    expect(dataOf(events, 'tool_use_post')[0]).toMatchObject({
      truncated: true,
      full_size: 3_000,
      output: 'z'.repeat(2_000),
    });
  });
});

describe('what an agent says', () => {
  it('is numbered in sequence over thinking and text', () => {
    const events = eventsOf(
      assistant([{ type: 'thinking', thinking: 'Hm.' }]),
      assistant([{ type: 'text', text: 'Hello' }]),
    );
    expect(dataOf(events, 'thinking_block')).toMatchObject([{ content: 'Hm.', sequence: 1 }]);
    expect(dataOf(events, 'text_block')).toMatchObject([{ content: 'Hello', sequence: 2 }]);
  });

  it('mentions once per session that thinking is not disclosed', () => {
    const hidden = assistant([{ type: 'thinking', thinking: '', signature: 'x' }]);
    const messages = dataOf(
      eventsOf(hidden, hidden, assistant([{ type: 'redacted_thinking', data: 'x' }])),
      'agent_log',
    );
    expect(messages.map(log => log.message)).toEqual(['thinking not disclosed']);
  });

  it('is never cut in the middle of a surrogate pair', () => {
    const [block] = dataOf(
      eventsOf(assistant([{ type: 'text', text: `${'a'.repeat(1_999)}😀 and more` }])),
      'text_block',
    );
    expect(block?.content).toBe('a'.repeat(1_999));
  });

  it('includes errors of the API and lines that are taken back', () => {
    const messages = dataOf(eventsOf(assistant([], {}, { error: 'rate_limit', supersedes: ['u1'] })), 'agent_log').map(
      log => log.message,
    );
    expect(messages).toEqual(['takes back 1 earlier line', 'API error: rate_limit']);
  });

  it('comes with prompts, typed or synthetic', () => {
    const events = eventsOf(
      { type: 'user', message: { role: 'user', content: 'Fix the bug' } },
      { type: 'user', isSynthetic: true, message: { role: 'user', content: [{ type: 'text', text: 'Skill body' }] } },
    );
    expect(dataOf(events, 'agent_log')).toMatchObject([
      { message: 'Fix the bug', event_type: 'prompt' },
      { message: 'Skill body', event_type: 'prompt', synthetic: true },
    ]);
  });
});

describe('usage', () => {
  const used = (id: string, output: number, parent: string | null = null) =>
    assistant([], { id, usage: { input_tokens: 10, output_tokens: output } }, { parent_tool_use_id: parent });

  it('keeps the last of each message and never adds it twice', () => {
    const updates = dataOf(eventsOf(used('m1', 1), used('m1', 1), used('m1', 8), used('m2', 5)), 'usage_update');
    expect(updates.map(update => [update.message_id, update.totals.output_tokens, update.totals.input_tokens])).toEqual(
      [
        ['m1', 1, 10],
        ['m1', 8, 10],
        ['m2', 13, 20],
      ],
    );
    expect(updates.every(update => update.estimated)).toBe(true);
  });

  it("does not add a sub-agent's tokens to its parent's", () => {
    const updates = dataOf(eventsOf(used('m1', 100), used('s1', 7, 'toolu_1'), used('m2', 1)), 'usage_update');
    expect(updates.map(update => [update.parent_tool_use_id, update.totals.output_tokens])).toEqual([
      [null, 100],
      ['toolu_1', 7],
      [null, 101],
    ]);
  });
});

describe('changed files', () => {
  const edit = { file_path: '/home/dev/shop/src/a.ts', old_string: 'one\ntwo', new_string: 'one\n2\n3' };

  it('carry the diff that the tool made, with a path relative to the working directory', () => {
    const structuredPatch = [
      { oldStart: 4, oldLines: 2, newStart: 4, newLines: 3, lines: [' one', '-two', '+2', '+3'] },
    ];
    const events = eventsOf(
      init(),
      toolUse('t1', 'Edit', edit),
      toolResult('t1', 'ok', {}, { tool_use_result: { structuredPatch, originalFile: 'x' } }),
    );
    expect(dataOf(events, 'file_changed')).toMatchObject([
      {
        file_path: 'src/a.ts',
        operation: 'modified',
        change_type: 'modified',
        lines_added: 2,
        lines_removed: 1,
        tool_use_id: 't1',
        diff: '--- a/src/a.ts\n+++ b/src/a.ts\n@@ -4,2 +4,3 @@\n one\n-two\n+2\n+3',
      },
    ]);
  });

  it('get a diff from the call where the tool gives none', () => {
    const events = eventsOf(init(), toolUse('t1', 'Edit', edit), toolResult('t1', 'ok'));
    expect(dataOf(events, 'file_changed')[0]?.diff).toBe(
      '--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,2 +1,3 @@\n-one\n-two\n+one\n+2\n+3',
    );
  });

  it('are created by Write when there was no file before', () => {
    const call = toolUse('t1', 'Write', { file_path: '/home/dev/shop/new.md', content: '# New\n' });
    const events = eventsOf(
      init(),
      call,
      toolResult('t1', 'ok', {}, { tool_use_result: { type: 'create', structuredPatch: [], content: '# New\n' } }),
    );
    expect(dataOf(events, 'file_changed')).toMatchObject([
      {
        operation: 'created',
        lines_added: 1,
        lines_removed: 0,
        diff: '--- /dev/null\n+++ b/new.md\n@@ -0,0 +1,1 @@\n+# New',
      },
    ]);
  });

  it('are known of MultiEdit and NotebookEdit too, and on Windows', () => {
    const events = eventsOf(
      init({ cwd: 'C:\\Users\\dev\\shop' }),
      toolUse('t1', 'MultiEdit', {
        file_path: 'c:\\Users\\dev\\shop\\src\\a.ts',
        edits: [
          { old_string: 'a', new_string: 'b' },
          { old_string: 'c', new_string: '' },
        ],
      }),
      toolResult('t1', 'ok'),
      toolUse('t2', 'NotebookEdit', { notebook_path: 'C:\\Users\\dev\\other\\n.ipynb', new_source: 'x' }),
      toolResult('t2', 'ok'),
    );
    expect(dataOf(events, 'file_changed')).toMatchObject([
      { file_path: 'src/a.ts', lines_added: 1, lines_removed: 2 },
      { file_path: '~/other/n.ipynb', lines_added: 1 },
    ]);
  });

  it('are not reported when the tool failed', () => {
    expect(
      dataOf(
        eventsOf(toolUse('t1', 'Edit', edit), toolResult('t1', 'no such text', { is_error: true })),
        'file_changed',
      ),
    ).toEqual([]);
  });
});

describe('lists of work', () => {
  it('come whole from TodoWrite', () => {
    const todos = [
      { content: 'A', status: 'completed', activeForm: 'Doing A' },
      { content: 'B', status: 'pending' },
    ];
    const events = eventsOf(toolUse('t1', 'TodoWrite', { todos }), toolResult('t1', 'ok'));
    expect(dataOf(events, 'todo_update')[0]?.items).toEqual([
      { content: 'A', state: 'completed', active_form: 'Doing A' },
      { content: 'B', state: 'pending' },
    ]);
  });

  it('are put together from TaskCreate and TaskUpdate', () => {
    const events = eventsOf(
      toolUse('t1', 'TaskCreate', { subject: 'A' }),
      toolResult('t1', 'Task #1 created successfully: A'),
      toolUse('t2', 'TaskCreate', { subject: 'B' }),
      toolResult('t2', '', {}, { tool_use_result: { task: { id: '2' } } }),
      toolUse('t3', 'TaskUpdate', { taskId: '1', status: 'in_progress' }),
      toolResult('t3', 'ok'),
      toolUse('t4', 'TaskUpdate', { taskId: '2', status: 'deleted' }),
      toolResult('t4', 'ok'),
    );
    expect(dataOf(events, 'todo_update').at(-1)?.items).toEqual([{ id: '1', content: 'A', state: 'in_progress' }]);
  });
});

describe('reports of the system', () => {
  it('tell hooks that failed from those that did not', () => {
    const hook = (exit_code: number) => ({
      type: 'system',
      subtype: 'hook_response',
      hook_name: 'lint',
      exit_code,
      stderr: 'bad style',
    });
    expect(dataOf(eventsOf(hook(0), hook(1), hook(2)), 'agent_log')).toMatchObject([
      { level: 'INFO', message: 'hook lint done' },
      { level: 'ERROR', message: 'hook lint failed with exit code 1: bad style' },
      { level: 'WARNING', message: 'hook lint blocks (exit code 2): bad style' },
    ]);
  });

  it('name what a session starts with and the servers that failed', () => {
    const events = eventsOf(
      init({
        mcp_servers: [
          { name: 'db', status: 'failed' },
          { name: 'ok', status: 'connected' },
        ],
      }),
    );
    expect(dataOf(events, 'session_started')[0]).toMatchObject({
      model: 'claude-test-1',
      permission_mode: 'bypassPermissions',
      tools: ['Read', 'Edit'],
    });
    expect(dataOf(events, 'agent_log')).toMatchObject([
      { level: 'INFO', message: 'session started (claude-test-1, 2 tools)' },
      { level: 'WARNING', message: 'MCP server db failed to start' },
    ]);
  });

  it('warn of rate limits and retries', () => {
    const events = eventsOf(
      {
        type: 'rate_limit_event',
        rate_limit_info: { status: 'allowed_warning', rateLimitType: 'five_hour', utilization: 0.9 },
      },
      {
        type: 'system',
        subtype: 'api_retry',
        attempt: 3,
        max_retries: 10,
        retry_delay_ms: 8_000,
        error_status: 529,
        error: 'overloaded',
      },
    );
    expect(dataOf(events, 'agent_log')).toMatchObject([
      { level: 'WARNING', message: 'rate limit five_hour allowed_warning, 90 % used' },
      { level: 'WARNING', message: 'API retry 3/10 in 8 s (529 overloaded)' },
    ]);
  });
});

describe('a result', () => {
  it('ends the session with its figures, a line for the log, and a summary', () => {
    const [parsed] = parseAll(linesOf(result()));
    expect(parsed?.isResult).toBe(true);
    const events = parsed?.events ?? [];
    expect(dataOf(events, 'session_ended')).toMatchObject([
      { subtype: 'success', is_error: false, total_cost_usd: 0.63, num_turns: 9, result: 'All done.' },
    ]);
    expect(dataOf(events, 'agent_log')).toMatchObject([
      { level: 'SUCCESS', message: 'session completed (9 turns, 61 s, $0.6300)' },
    ]);
    expect(dataOf(events, 'agent_summary_update')).toMatchObject([{ status: 'completed', summary: 'All done.' }]);
  });

  it('failed when it says success and is_error, and when it is of another subtype', () => {
    const limit = dataOf(eventsOf(result({ is_error: true, result: "You've hit your limit" })), 'agent_log')[0];
    expect(limit).toMatchObject({ level: 'ERROR', message: expect.stringContaining("failed: You've hit your limit") });
    const turns = eventsOf(result({ subtype: 'error_max_turns', result: undefined, errors: ['too many'] }));
    expect(dataOf(turns, 'session_ended')[0]).toMatchObject({ is_error: true, result: null, errors: ['too many'] });
    expect(dataOf(turns, 'agent_log')[0]?.message).toContain('error_max_turns: too many');
  });
});
