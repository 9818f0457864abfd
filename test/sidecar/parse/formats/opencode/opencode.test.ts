import { describe, expect, it } from 'vitest';
import { PART_KINDS } from '../../../../../src/sidecar/parse/formats/opencode/kinds.ts';
import { formatOf } from '../../../../../src/sidecar/parse/formats/registry.ts';
import { dataOf, eventsOf } from '../../feed.ts';

const START = Date.UTC(2026, 0, 3);
let nth = 0;
const line = (type: string, part: object, sessionID = 'ses_1') => {
  nth += 1;
  return {
    type,
    timestamp: START + nth * 1_000,
    sessionID,
    part: { id: `prt_${nth}`, messageID: 'msg_1', sessionID, ...part },
  };
};
const text = (said: string) => line('text', { type: 'text', text: said });
const call = (tool: string, input: object, state: object = {}) =>
  line('tool_use', {
    type: 'tool',
    tool,
    callID: `call_${nth}`,
    state: {
      status: 'completed',
      input,
      output: 'ok',
      metadata: {},
      time: { start: START + 10, end: START + 50 },
      ...state,
    },
  });
const step = () => line('step_start', { type: 'step-start' });
const stepEnd = (
  reason: string,
  cost = 0.5,
  tokens: object = { input: 10, output: 3, reasoning: 2, cache: { read: 100, write: 7 } },
) => line('step_finish', { type: 'step-finish', reason, cost, tokens });
const fails = (name: string, data: object) => ({
  type: 'error',
  timestamp: START,
  sessionID: 'ses_1',
  error: { name, data },
});
const logs = (...lines: readonly object[]) =>
  dataOf(eventsOf(...lines), 'agent_log').map(({ level, message }) => `${level} ${message}`);

describe('lines of OpenCode', () => {
  it('are recognised by their shapes, and no other program’s', () => {
    for (const one of [step(), text('a'), call('bash', {}), stepEnd('stop'), fails('APIError', {})])
      expect(formatOf(one)?.name).toBe('OpenCode');
    for (const one of [
      { type: 'error', sessionID: 's' },
      { type: 'text', part: {} },
      { type: 'tool_use', tool_id: 't' },
    ])
      expect(formatOf(one)?.name).not.toBe('OpenCode');
  });

  it('of every part are told, also where nothing but its type is there; one of no known type is named', () => {
    for (const type of Object.keys(PART_KINDS))
      expect(logs(line(type, { type })).join()).not.toContain('unknown line type');
    expect(logs(line('brand_new', { type: 'brand-new' }))).toEqual(['WARNING unknown line type "brand-new"']);
  });

  it('begin a run where none has begun, or one has ended', () => {
    const events = eventsOf(step(), text('One.'), stepEnd('stop'), step(), text('Two.'), stepEnd('tool-calls'), step());
    expect(events.map(({ type }) => type).filter(type => /session/.test(type))).toEqual([
      'session_started',
      'session_ended',
      'session_started',
    ]);
    expect(dataOf(events, 'session_started')).toMatchObject([
      { agent: 'OpenCode', session_id: 'ses_1', model: null },
      {},
    ]);
    expect(dataOf(events, 'session_ended')).toMatchObject([
      { is_error: false, result: 'One.', num_turns: 1, stop_reason: 'stop', duration_ms: 2_000 },
    ]);
  });

  it('that are printed again, as the program does once it drops an output, are told once', () => {
    const [bash, said, used] = [call('bash', { command: 'ls' }), text('a'), stepEnd('stop')];
    const types = eventsOf(bash, said, used, bash, said, used).map(({ type }) => type);
    expect(types.filter(type => /tool_use_pre|text|usage|started/.test(type))).toEqual([
      'attempt_started',
      'session_started',
      'tool_use_pre',
      'text_block',
      'usage_update',
    ]);
  });
});

describe('a call', () => {
  it('is told whole by its one line, for the times that the line says', () => {
    const events = eventsOf(call('grep', { pattern: 'x' }), line('reasoning', { type: 'reasoning', text: 'Hm.' }));
    expect(dataOf(events, 'tool_use_pre')).toMatchObject([
      { tool_name: 'grep', tool_kind: 'search', timestamp: new Date(START + 10).toISOString() },
    ]);
    expect(dataOf(events, 'tool_use_post')).toMatchObject([
      { duration_ms: 40, success: true, timestamp: new Date(START + 50).toISOString() },
    ]);
    expect(dataOf(events, 'thinking_block')).toMatchObject([{ content: 'Hm.' }]);
  });

  it('fails by its state, or by the exit code of its command', () => {
    const events = eventsOf(
      call('bash', { command: 'exit 3' }, { output: '(no output)', metadata: { exit: 3 } }),
      call('bash', { command: 'sleep 9' }, { output: 'terminated after exceeding timeout', metadata: { exit: null } }),
      call('read', { filePath: '/x' }, { status: 'error', output: undefined, error: 'File not found: /x' }),
      call('bash', { command: 'true' }, { metadata: { exit: 0 } }),
    );
    expect(dataOf(events, 'tool_use_post').map(({ success, error }) => [success, error])).toEqual([
      [false, 'Exit code 3\n(no output)'],
      [false, 'terminated after exceeding timeout'],
      [false, 'File not found: /x'],
      [true, null],
    ]);
  });

  it('that succeeds changes files and lists', () => {
    const patch = 'Index: /srv/a.txt\n===\n--- /srv/a.txt\n+++ /srv/a.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n';
    const files = [
      { filePath: '/srv/n.txt', type: 'add', patch: '@@ -0,0 +1,1 @@\n+x\n' },
      { filePath: '/srv/o.txt', movePath: '/srv/p.txt', type: 'move', patch: '' },
      { filePath: '/srv/d.txt', type: 'delete', diff: '@@ -1,1 +0,0 @@\n-x\n' },
    ];
    const events = eventsOf(
      call('write', { filePath: '/srv/a.txt', content: 'one\ntwo\n' }, { metadata: { exists: false } }),
      call('write', { filePath: '/srv/b.txt', content: 'one' }, { metadata: { exists: true } }),
      call(
        'edit',
        { filePath: '/srv/a.txt', oldString: 'two', newString: 'three' },
        { metadata: { filediff: { patch } } },
      ),
      call('edit', { filePath: '/srv/a.txt', oldString: 'a', newString: 'b\nc' }),
      call('multiedit', {
        filePath: '/srv/m.txt',
        edits: [
          { oldString: 'a', newString: 'b' },
          { oldString: '', newString: 'c' },
        ],
      }),
      call('apply_patch', { patchText: '*** Begin Patch' }, { metadata: { files } }),
      call('edit', { filePath: '/srv/a.txt' }, { status: 'error', error: 'no match' }),
      call('todowrite', {
        todos: [
          { content: 'Plan', status: 'completed' },
          { content: 'Build', status: 'pending' },
        ],
      }),
    );
    const changes = dataOf(events, 'file_changed');
    expect(changes.map(({ summary }) => summary)).toEqual([
      'created /srv/a.txt (+2 −0)',
      'modified /srv/b.txt (+1 −0)',
      'modified /srv/a.txt (+1 −1)',
      'modified /srv/a.txt (+2 −1)',
      'modified /srv/m.txt (+2 −1)',
      'created /srv/n.txt (+1 −0)',
      'deleted /srv/o.txt (+0 −0)',
      'created /srv/p.txt (+0 −0)',
      'deleted /srv/d.txt (+0 −1)',
    ]);
    expect(changes[2]?.diff).toMatch(/\n@@ -1,2 \+1,2 @@\n one\n-two\n\+three$/);
    expect(dataOf(events, 'todo_update')).toMatchObject([
      {
        items: [
          { content: 'Plan', state: 'completed' },
          { content: 'Build', state: 'pending' },
        ],
      },
    ]);
  });

  it('of a sub-agent is a task, with its answer', () => {
    const input = { description: 'Look around', prompt: 'go', subagent_type: 'general' };
    const metadata = { sessionId: 'ses_2' };
    const events = eventsOf(
      call('task', input, {
        metadata,
        output: '<task id="ses_2" state="completed">\n<task_result>\nThree files.\n</task_result>\n</task>',
      }),
      call('task', input, { status: 'error', output: undefined, error: 'Subagent failed' }),
      call('task', input, { metadata: { sessionId: 'ses_3', background: true } }),
    );
    expect(dataOf(events, 'task_update')).toMatchObject([
      {
        task_id: 'ses_2',
        state: 'completed',
        result: 'Three files.',
        subagent_type: 'general',
        description: 'Look around',
        duration_ms: 40,
      },
      { state: 'failed', error: 'Subagent failed' },
      { task_id: 'ses_3', state: 'running', is_background: true },
    ]);
    expect(
      events
        .map(({ type }) => type)
        .filter(type => /tool_use|task/.test(type))
        .slice(0, 3),
    ).toEqual(['tool_use_pre', 'task_update', 'tool_use_post']);
  });
});

describe('what was used', () => {
  it('is what each step says, thoughts being output, and its cost the program’s own', () => {
    const events = eventsOf(step(), stepEnd('tool-calls'), step(), stepEnd('stop', 0.25), step(), stepEnd('stop', 1));
    expect(dataOf(events, 'usage_update')).toMatchObject([
      {
        usage: { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 100, cache_creation_input_tokens: 7 },
        cost_usd: 0.5,
        estimated: false,
        context_tokens: 117,
      },
      { totals: { input_tokens: 20, output_tokens: 10 }, cost_usd: 0.75 },
      { totals: { input_tokens: 30, output_tokens: 15 }, cost_usd: 1.75 },
    ]);
    // Costs go on over the runs of a session, tokens are each run's own.
    expect(dataOf(events, 'session_ended')).toMatchObject([
      { total_cost_usd: 0.75, num_turns: 2, usage: { input_tokens: 20 } },
      { total_cost_usd: 1.75, num_turns: 1, usage: { input_tokens: 10 } },
    ]);
  });

  it('has no known cost where the program has no price', () => {
    const events = eventsOf(step(), stepEnd('stop', 0));
    expect(dataOf(events, 'usage_update')).toMatchObject([{ cost_usd: null, totals: { input_tokens: 10 } }]);
    expect(dataOf(events, 'session_ended')).toMatchObject([{ total_cost_usd: null }]);
  });
});

describe('an end', () => {
  it('is the error that the program says, but no conversation that is made shorter', () => {
    const api = fails('APIError', { message: 'Overloaded', statusCode: 529 });
    const events = eventsOf(
      step(),
      fails('ContextOverflowError', { message: 'too long' }),
      step(),
      stepEnd('tool-calls'),
      api,
    );
    expect(dataOf(events, 'session_ended')).toMatchObject([
      { is_error: true, subtype: 'APIError', errors: ['Overloaded'], total_cost_usd: 0.5 },
    ]);
    const plain = eventsOf({ type: 'error', sessionID: 's', error: 'no such model' });
    expect(dataOf(plain, 'session_ended')).toMatchObject([{ is_error: true, errors: ['no such model'] }]);
    const [, waits, failed] = dataOf(events, 'agent_log');
    expect(waits).toMatchObject({ level: 'WARNING', message: 'too long', waiting: { for: 'compaction' } });
    expect(failed).toMatchObject({ level: 'ERROR', message: 'Overloaded', details: { statusCode: 529 } });
  });

  it('comes with any reason but for calls, and with the step in which a permission was refused', () => {
    const refused = call(
      'bash',
      { command: 'rm' },
      { status: 'error', error: 'The user rejected permission to use this specific tool call.' },
    );
    const ended = (...lines: readonly object[]) =>
      dataOf(eventsOf(...lines), 'session_ended').map(({ subtype, stop_reason }) => [subtype, stop_reason]);
    expect(ended(stepEnd('length'))).toEqual([['success', 'length']]);
    expect(ended(stepEnd('unknown'), stepEnd('tool-calls'))).toEqual([]);
    expect(ended(refused, stepEnd('tool-calls'))).toEqual([['permission_rejected', 'tool-calls']]);
  });
});
