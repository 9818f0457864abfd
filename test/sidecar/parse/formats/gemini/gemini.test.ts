import { describe, expect, it } from 'vitest';
import { LINE_KINDS } from '../../../../../src/sidecar/parse/formats/gemini/kinds.ts';
import { endOfFile, formatOf } from '../../../../../src/sidecar/parse/formats/registry.ts';
import { dataOf, eventsOf, GENERATION, init, linesOf, parseAll } from '../../feed.ts';

let clock = 0;
const line = (type: string, fields: object = {}) => {
  clock += 1_000;
  return { type, timestamp: new Date(Date.UTC(2026, 0, 2) + clock).toISOString(), ...fields };
};
const begins = (session_id = 'g-1') => line('init', { session_id, model: 'gemini-test-1' });
const piece = (content: string) => line('message', { role: 'assistant', content, delta: true });
const prompt = (content: string) => line('message', { role: 'user', content });
const use = (tool_id: string, tool_name: string, parameters: object) =>
  line('tool_use', { tool_name, tool_id, parameters });
const answer = (tool_id: string, output?: string, fields: object = {}) =>
  line('tool_result', { tool_id, status: 'success', output, ...fields });
const counts = (input_tokens: number, cached: number, output_tokens: number, thoughts = 0) => ({
  total_tokens: input_tokens + output_tokens + thoughts,
  ...{ input_tokens, output_tokens, cached, input: input_tokens - cached },
});
const ends = (models: Record<string, object>, fields: object = {}) =>
  line('result', { status: 'success', stats: { duration_ms: 4_000, tool_calls: 2, models }, ...fields });

describe('lines of Gemini CLI', () => {
  it('are recognised by their shapes, and no other program’s', () => {
    for (const one of [begins(), piece('a'), use('t', 'glob', {}), answer('t'), ends({})])
      expect(formatOf(one)?.name).toBe('Gemini CLI');
    expect(formatOf(line('error', { severity: 'warning', message: 'm' }))?.name).toBe('Gemini CLI');
    for (const one of [
      { type: 'error', message: 'm' },
      { type: 'result', subtype: 'success', status: 'x' },
      { type: 'init' },
    ])
      expect(formatOf(one)?.name).not.toBe('Gemini CLI');
  });

  it('of every kind are told, also where nothing but the kind is on the line; one of no known kind is named', () => {
    const messages = (...lines: readonly object[]) =>
      dataOf(eventsOf(begins(), ...lines), 'agent_log').map(({ message }) => message);
    for (const type of Object.keys(LINE_KINDS)) expect(messages({ type }).join()).not.toContain('unknown line type');
    expect(messages({ type: 'brand_new' })).toContain('unknown line type "brand_new"');
  });

  it('are read behind the chatter of a start, and around that of a run', () => {
    const lines = linesOf(
      'Loaded cached credentials.',
      begins(),
      piece('Hello, '),
      '[WARN] skipping a hook',
      piece('you.'),
      ends({}),
    );
    const parsed = parseAll(lines);
    expect(parsed.map(({ events }) => events.map(({ type }) => type).filter(type => type !== 'agent_log'))).toEqual([
      ['attempt_started', 'malformed_line'],
      ['session_started'],
      [],
      ['malformed_line'],
      [],
      ['text_block', 'session_ended', 'agent_summary_update'],
    ]);
    const events = parsed.flatMap(one => one.events);
    expect(dataOf(events, 'session_started')).toMatchObject([
      { agent: 'Gemini CLI', model: 'gemini-test-1', session_id: 'g-1' },
    ]);
    expect(dataOf(events, 'text_block')).toMatchObject([{ content: 'Hello, you.' }]);
  });

  it('say how long a session took', () => {
    const bytes = Buffer.from(`${JSON.stringify(ends({}))}\n`);
    expect(endOfFile({ bytes, offset: 0 })).toMatchObject({ sessionMs: 4_000, stampMs: expect.any(Number) });
  });
});

describe('the pieces of a text', () => {
  it('are one text, which stands where the last of them does, and is told with the next other line', () => {
    const lines = [
      begins(),
      prompt('go'),
      piece('I '),
      piece('look.'),
      use('t1', 'glob', {}),
      piece('Done.'),
      ends({}),
    ];
    const events = eventsOf(...lines);
    const stamps = lines.map(({ timestamp }) => timestamp);
    expect(dataOf(events, 'text_block')).toMatchObject([
      { content: 'I look.', sequence: 1, timestamp: stamps[3], source: { path: GENERATION.path, line: 4 } },
      { content: 'Done.', sequence: 2, timestamp: stamps[5], source: { line: 6 } },
    ]);
    expect(events.map(({ type }) => type).filter(type => /text|tool/.test(type))).toEqual([
      'text_block',
      'tool_use_pre',
      'text_block',
    ]);
    expect(dataOf(events, 'session_ended')).toMatchObject([{ result: 'Done.' }]);
    expect(eventsOf(...lines)).toEqual(events);
    expect(new Set(events.map(({ data }) => data.event_id)).size).toBe(events.length);
  });

  it('that are none are texts of their own', () => {
    const whole = (content: string) => line('message', { role: 'assistant', content });
    const texts = dataOf(eventsOf(begins(), piece('a'), whole('b'), whole('c'), ends({})), 'text_block');
    expect(texts.map(({ content }) => content)).toEqual(['a', 'b', 'c']);
  });
});

describe('a call', () => {
  it('has the kind of its tool, its time, and fails where it says so', () => {
    const events = eventsOf(
      begins(),
      use('t1', 'run_shell_command', { command: 'exit 3' }),
      use('t2', 'read_file', { file_path: '/x' }),
      use('t3', 'mcp_db_query', {}),
      answer('t1', 'Command exited with code: 3'),
      answer('t2', undefined, { status: 'error', error: { type: 'not_found', message: 'No such file.' } }),
      answer('t3', 'Command exited with code: 3'),
      use('t4', 'run_shell_command', { command: 'false' }),
      answer('t4', 'Output: (empty)\nExit Code: 1\nProcess Group PGID: 7'),
    );
    expect(dataOf(events, 'tool_use_pre').map(({ tool_kind }) => tool_kind)).toEqual(['run', 'read', undefined, 'run']);
    expect(dataOf(events, 'tool_use_post')).toMatchObject([
      { tool_name: 'run_shell_command', success: false, error: 'Command exited with code: 3', duration_ms: 3_000 },
      { tool_name: 'read_file', success: false, error: 'No such file.', output: 'No such file.' },
      { tool_name: 'mcp_db_query', success: true, error: null },
      { success: false },
    ]);
  });

  it('that succeeds changes files and lists', () => {
    const patch = 'Index: b.txt\n===\n--- b.txt\tOriginal\n+++ b.txt\tModified\n@@ -4,2 +4,3 @@\n a\n-b\n+c\n+d\n';
    const events = eventsOf(
      begins(),
      use('t1', 'write_file', { file_path: '/srv/a.txt', content: 'one\ntwo\n' }),
      answer('t1'),
      use('t2', 'replace', { file_path: '/srv/a.txt', old_string: 'two', new_string: 'three\nfour' }),
      answer('t2'),
      use('t3', 'replace', { file_path: '/srv/new.txt', old_string: '', new_string: 'x' }),
      answer('t3'),
      use('t4', 'write_file', { file_path: '/srv/b.txt', content: 'whatever' }),
      answer('t4', patch),
      use('t5', 'replace', { file_path: '/srv/c.txt', old_string: 'a', new_string: 'b' }),
      answer('t5', 'No match.', { status: 'error', error: { type: 'edit', message: 'No match.' } }),
      use('t6', 'write_todos', {
        todos: [
          { description: 'Plan', status: 'completed' },
          { description: 'Build', status: 'blocked' },
        ],
      }),
      answer('t6'),
    );
    const changes = dataOf(events, 'file_changed');
    expect(changes.map(({ summary }) => summary)).toEqual([
      'write /srv/a.txt (+2 −0)',
      'modified /srv/a.txt (+2 −1)',
      'created /srv/new.txt (+1 −0)',
      'modified /srv/b.txt (+2 −1)',
    ]);
    expect(changes[3]?.diff).toMatch(/\n@@ -4,2 \+4,3 @@\n a\n-b\n\+c\n\+d$/);
    expect(dataOf(events, 'todo_update')).toMatchObject([
      {
        items: [
          { content: 'Plan', state: 'completed' },
          { content: 'Build', state: 'blocked' },
        ],
      },
    ]);
  });
});

describe('a sub-agent', () => {
  it('is what its call says', () => {
    const events = eventsOf(
      begins(),
      use('t1', 'invoke_agent', { agent_name: 'investigator', prompt: 'Find the callers.' }),
      answer('t1', 'Three callers.'),
    );
    expect(dataOf(events, 'task_update')).toMatchObject([
      {
        tool_use_id: 't1',
        state: 'completed',
        subagent_type: 'investigator',
        description: 'Find the callers.',
        result: 'Three callers.',
      },
    ]);
  });
});

describe('what was used', () => {
  it('is told by the end alone, by model; thoughts are output, and what came from the cache is no input', () => {
    const price = ({
      model,
      input,
      output,
      cacheRead,
    }: {
      model: string;
      input: number;
      output: number;
      cacheRead: number;
    }) => (model === 'pro' ? (input + output + cacheRead) / 1_000 : undefined);
    const lines = linesOf(begins(), ends({ pro: counts(300_000, 200_000, 40, 10), flash: counts(30, 0, 2) }));
    const events = parseAll(lines, { price }).flatMap(one => one.events);
    const usage = {
      input_tokens: 100_000,
      output_tokens: 50,
      cache_read_input_tokens: 200_000,
      cache_creation_input_tokens: 0,
    };
    const updates = dataOf(events, 'usage_update');
    expect(updates).toMatchObject([
      { model: 'pro', usage, cost_usd: expect.closeTo(300.05), context_tokens: null },
      {
        model: 'flash',
        usage: { input_tokens: 30, output_tokens: 2 },
        totals: { input_tokens: 100_030, output_tokens: 52 },
      },
    ]);
    expect(dataOf(events, 'session_ended')).toMatchObject([
      {
        total_cost_usd: null,
        duration_ms: 4_000,
        model_usage: { pro: { inputTokens: 100_000 }, flash: { inputTokens: 30 } },
      },
    ]);
  });

  it('of a session that is resumed adds up: each process counts from zero', () => {
    const run = () => [begins(), piece('a'), ends({ pro: counts(10, 0, 2) })];
    const events = eventsOf(...run(), ...run());
    expect(dataOf(events, 'session_started')).toHaveLength(2);
    expect(dataOf(events, 'usage_update').at(-1)).toMatchObject({ totals: { input_tokens: 20, output_tokens: 4 } });
    expect(dataOf(events, 'session_ended')).toMatchObject([
      { usage: { input_tokens: 10 }, model_usage: { pro: { inputTokens: 10 } } },
      { usage: { input_tokens: 10 }, model_usage: { pro: { inputTokens: 20 } } },
    ]);
  });
});

describe('an end', () => {
  it('is a failure with what the program says, on its line or on the one before', () => {
    const quota = { type: 'Error', message: 'You exhausted your quota.' };
    const stats = { duration_ms: 0, models: {} };
    const events = eventsOf(
      begins(),
      ends({}, { status: 'error', error: quota, stats }),
      begins('g-2'),
      line('error', { severity: 'warning', message: 'Loop detected, stopping execution' }),
      line('error', { severity: 'error', message: 'The model returned an empty response.' }),
      ends({}, { status: 'error' }),
      begins('g-3'),
      ends({}),
    );
    expect(dataOf(events, 'session_ended')).toMatchObject([
      { is_error: true, subtype: 'Error', errors: [quota.message], duration_ms: null },
      { is_error: true, subtype: 'error', errors: ['The model returned an empty response.'], duration_ms: 4_000 },
      { is_error: false, subtype: 'success', errors: [] },
    ]);
    expect(
      dataOf(events, 'agent_log')
        .filter(({ level }) => level !== 'INFO')
        .map(({ level, message }) => `${level} ${message}`),
    ).toEqual([
      'ERROR session failed: You exhausted your quota.',
      'WARNING Loop detected, stopping execution',
      'ERROR The model returned an empty response.',
      'ERROR session failed: The model returned an empty response. (4 s)',
      'SUCCESS session completed (4 s)',
    ]);
  });

  it('leaves a file to another program', () => {
    const events = eventsOf(begins(), ends({}), init(), {
      type: 'assistant',
      message: { content: [{ type: 'text', text: 'b' }] },
    });
    expect(dataOf(events, 'session_started').map(({ session_id }) => session_id)).toEqual(['g-1', 's-1']);
    expect(dataOf(events, 'text_block')).toMatchObject([{ content: 'b', session_id: 's-1' }]);
  });
});
