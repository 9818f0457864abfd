import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyEvent, type FoldEvent, initialState, summarize } from '../../src/adw/fold.ts';
import type { AdwState } from '../../src/adw/state.ts';
import { fold, LIMITS, log, SETTLED, START, summaryOf } from './log.ts';

const builder = { agent_role: 'sdlc_implementor', attempt: 1, session_id: 's1' };
const success = { subtype: 'success', is_error: false };

describe('cost and tokens', () => {
  const models = (input: number, costUSD: number) => ({
    'claude-sonnet-4-5': {
      inputTokens: input,
      outputTokens: 1,
      cacheReadInputTokens: 2,
      cacheCreationInputTokens: 3,
      costUSD,
    },
  });

  test('a cost grows within a session: the last result holds, and sessions add up', () => {
    const { totals, models: byModel } = summaryOf(
      log(
        ['session_ended', { ...builder, ...success, total_cost_usd: 8.2, model_usage: models(10, 8.2) }],
        ['session_started', builder],
        ['session_ended', { ...builder, ...success, total_cost_usd: 15.41, model_usage: models(30, 15.41) }],
        [
          'session_ended',
          { agent_role: 'reviewer', session_id: 's2', ...success, total_cost_usd: 1, model_usage: models(5, 1) },
        ],
      ),
    );
    expect(totals.cost_usd).toBeCloseTo(16.41);
    expect(totals).toMatchObject({ input_tokens: 35, output_tokens: 2, cache_read_tokens: 4, cache_write_tokens: 6 });
    expect(totals.cost_estimated).toBe(false);
    expect(byModel).toEqual([expect.objectContaining({ model: 'claude-sonnet-4-5', input_tokens: 35 })]);
  });

  test('until the result comes, tokens are the running totals and the cost is estimated at list price', () => {
    const usage = (output: number) => ({
      ...builder,
      model: 'claude-sonnet-4-5-20250929',
      totals: { input_tokens: 1000, output_tokens: output },
      cost_usd: (1000 * 3 + output * 15) / 1e6,
    });
    const running = log(['usage_update', usage(500)], ['usage_update', usage(1000)]);
    expect(summaryOf(running).totals).toMatchObject({ input_tokens: 1000, output_tokens: 1000, cost_estimated: true });
    expect(summaryOf(running).totals.cost_usd).toBeCloseTo(0.018);
    const ended = log(
      ['usage_update', usage(500)],
      ['session_ended', { ...builder, ...success, total_cost_usd: 0.5, usage: { input_tokens: 7 } }],
    );
    expect(summaryOf(ended).totals).toMatchObject({ input_tokens: 7, cost_usd: 0.5, cost_estimated: false });
  });

  test("a sub-agent's tokens are shown with it and count once in its session's", () => {
    const [summary] = summaryOf(
      log(
        [
          'tool_use_pre',
          {
            ...builder,
            tool_name: 'Task',
            tool_use_id: 'sub',
            tool_input: { description: 'look', subagent_type: 'Explore' },
          },
        ],
        [
          'tool_use_pre',
          {
            ...builder,
            tool_name: 'Read',
            tool_use_id: 't2',
            parent_tool_use_id: 'sub',
            tool_input: { file_path: 'a' },
          },
        ],
        ['usage_update', { ...builder, totals: { output_tokens: 5 } }],
        ['usage_update', { ...builder, parent_tool_use_id: 'sub', totals: { output_tokens: 30 } }],
        ['usage_update', { ...builder, parent_tool_use_id: 'sub', totals: { output_tokens: 40 } }],
        [
          'tool_use_post',
          {
            ...builder,
            tool_name: 'Read',
            tool_use_id: 't2',
            parent_tool_use_id: 'sub',
            success: false,
            status: 'error',
          },
        ],
        ['tool_use_post', { ...builder, tool_name: 'Task', tool_use_id: 'sub', success: true, status: 'success' }],
      ),
    ).roles;
    expect(summary).toMatchObject({ tools: 2, errors: 1, output_tokens: 45 });
    expect(summary?.attempts[0]?.tasks).toEqual([
      expect.objectContaining({
        subagent_type: 'Explore',
        description: 'look',
        state: 'completed',
        tools: 1,
        tool_errors: 1,
        total_tokens: 40,
        duration_ms: 6000,
      }),
    ]);
  });
});

test('a task whose times were worked out says no duration, unless its program measured one', () => {
  const task = { ...builder, task_id: 't1', timing: 'estimated' };
  const ended = { ...task, state: 'completed' };
  const durationOf = (end: object) =>
    summaryOf(log(['task_update', { ...task, state: 'running' }], ['task_update', { ...ended, ...end }])).roles[0]
      ?.attempts[0]?.tasks[0]?.duration_ms;
  expect(durationOf({})).toBeNull();
  expect(durationOf({ duration_ms: 3_219 })).toBe(3_219);
});

describe('elapsed time', () => {
  const source = { path: 'sdlc_implementor/raw_output.jsonl', fingerprint: 'f00d' };
  const session = { ...builder, session_id: 's1', source };
  const ran = (timing: string) =>
    summaryOf(
      log(
        [
          'workflow_log',
          { timestamp: '2025-03-02T09:00:00Z', timing: 'estimated', level: 'INFO', message: 'starting' },
        ],
        ['session_started', { ...session, timing }],
        ['text_block', { ...session, timing, text: 'Here I am.' }],
        ['session_ended', { ...session, ...success, timing, duration_ms: 61_000 }],
      ),
      SETTLED,
    );

  test('is from the first event to the last where it was seen when things happened', () => {
    expect(ran('observed').elapsed_ms).toBe(START + 3_000 - Date.parse('2025-03-02T09:00:00Z'));
  });

  test('is the clock of the one agent where a checkout has set the file times anew, and marked', () => {
    const summary = ran('estimated');
    expect(summary).toMatchObject({ elapsed_ms: 2_000, elapsed_estimated: true });
    const phase = { duration_ms: 2_000, duration_estimated: true };
    expect(summary.phases.find(({ roles }) => roles.length > 0)).toMatchObject(phase);
    expect(ran('exact')).toMatchObject({ elapsed_estimated: false });
  });

  test.each(['estimated', 'observed'])(
    'is that of lines, whatever time a copy gave their directory (%s), which is no sign of life either',
    timing => {
      const copied = { timing, timestamp: '2026-06-01T00:00:00Z' };
      const { elapsed_ms, last_event_at, status } = summaryOf(
        log(
          ['agent_created', { ...builder, ...copied }],
          ['agent_updated', { state: { issue_number: '1' }, ...copied, timing: 'estimated' }],
          ['session_started', { ...session, timing: 'exact' }],
          ['session_ended', { ...session, ...success, timing: 'estimated' }],
        ),
        SETTLED,
      );
      expect({ elapsed_ms, status }).toEqual({ elapsed_ms: 1_000, status: 'completed' });
      expect(last_event_at).toBe(new Date(START + 3_000).toISOString());
    },
  );

  test('is that of the lines that name a time, also where those before them were seen as they were copied', () => {
    const copied = { timing: 'observed', timestamp: '2026-06-01T00:00:00Z' };
    const told: Parameters<typeof log> = [
      ['attempt_started', { ...session, reason: 'new', ...copied }],
      ['session_started', { ...session, ...copied }],
      ['text_block', { ...session, timing: 'exact' }],
      ['session_ended', { ...session, ...success, timing: 'estimated' }],
    ];
    const { elapsed_ms, status, roles } = summaryOf(log(...told), SETTLED);
    expect({ elapsed_ms, status }).toEqual({ elapsed_ms: 1_000, status: 'completed' });
    expect(roles).toMatchObject([
      { attempts: [{ duration_ms: 1_000, started_at: new Date(START + 2_000).toISOString() }] },
    ]);
    // Until then no line says better.
    expect(summaryOf(log(...told.slice(0, 2)))).toMatchObject({
      status: 'running',
      last_event_at: copied.timestamp.replace('Z', '.000Z'),
    });
  });

  test('is unknown where neither times nor agents tell', () => {
    const { elapsed_ms } = summaryOf(log(['attempt_started', { ...builder, reason: 'new', timing: 'unknown' }]), 9e9);
    expect(elapsed_ms).toBeNull();
  });

  test('begins with the time of a file whose first lines were there at once, when a line is seen as it is written', () => {
    const at = (ms: number) => ({
      ...builder,
      timestamp: new Date(START + ms).toISOString(),
      source: { fingerprint: 'f' },
    });
    const told = log(
      ['attempt_started', { ...at(0), reason: 'new', timing: 'unknown' }],
      ['text_block', { ...at(5_000), content: 'x', timing: 'observed' }],
    );
    const { elapsed_ms, elapsed_estimated, roles } = summaryOf(told, 2_000);
    expect([elapsed_ms, elapsed_estimated]).toEqual([7_000, true]);
    expect(roles[0]?.attempts[0]).toMatchObject({ duration_ms: 7_000, duration_estimated: true });
  });
});

describe('attempts', () => {
  test('a rewritten file is another attempt; the one before ended without result', () => {
    const summary = summaryOf(
      log(
        ['attempt_started', { agent_role: 'test_runner', attempt: 1, reason: 'new' }],
        ['attempt_started', { agent_role: 'test_runner', attempt: 2, reason: 'rewritten', lost_bytes: 12 }],
      ),
    );
    const [role] = summary.roles;
    expect(role?.attempts.map(one => [one.attempt, one.status, one.lost_bytes])).toEqual([
      [1, 'ended_without_result', 0],
      [2, 'running', 12],
    ]);
    expect(summary.totals.lost_bytes).toBe(12);
    expect(summary.phases.find(phase => phase.name === 'test')).toMatchObject({
      attempts: 2,
      status: 'running',
      source: 'roles',
    });
  });

  test('a prompt announces a role and begins no attempt', () => {
    const [role] = summaryOf(
      log(['agent_log', { agent_role: 'sdlc_planner', level: 'INFO', message: 'prompt' }]),
    ).roles;
    expect(role).toMatchObject({ status: 'pending', attempts: [], phase: 'plan' });
  });

  test('a tool call told by the sidecar and by a Python client counts once', () => {
    const call = { ...builder, tool_name: 'Bash', tool_use_id: 't1', tool_input: {} };
    expect(summaryOf(log(['tool_use_pre', call], ['tool_use_pre', call])).totals.tools).toBe(1);
  });

  test('a call that its agent took back is neither open nor work', () => {
    const call = { ...builder, tool_name: 'Bash', tool_use_id: 't1' };
    const summary = summaryOf(
      log(['tool_use_pre', call], ['tool_use_post', { ...call, success: true, status: 'retracted' }]),
    );
    expect(summary.totals).toMatchObject({ tools: 0, tool_errors: 0 });
    expect(summary.activity).not.toMatchObject({ kind: 'tool' });
  });
});

describe('phases', () => {
  test('a stage event outweighs the state file, which outweighs roles; each says which it was', () => {
    const { phases } = summaryOf(
      log(
        ['attempt_started', { agent_role: 'sdlc_planner' }],
        ['session_ended', { agent_role: 'sdlc_planner', ...success }],
        [
          'agent_updated',
          { state: { orchestrator: { stages: { plan: { status: 'failed' }, test: { status: 'skipped' } } } } },
        ],
        ['stage_transition', { from_stage: 'plan', to_stage: 'build' }],
        ['attempt_started', { agent_role: 'documenter' }],
      ),
    );
    expect(phases.map(({ name, status, source }) => [name, status, source])).toEqual([
      ['plan', 'completed', 'stage_event'],
      ['build', 'running', 'stage_event'],
      ['test', 'skipped', 'state_file'],
      ['review', 'pending', null],
      ['document', 'running', 'roles'],
      ['ship', 'pending', null],
    ]);
  });

  test('a transition that names the role which caused it leaves the word to the role', () => {
    const { phases } = summaryOf(
      log(['workflow_phase_transition', { phase_to: 'build', agent_role: 'sdlc_implementor' }]),
    );
    expect(phases.every(phase => phase.source === null)).toBe(true);
  });

  test('a role of no known phase is shown under other', () => {
    const { phases } = summaryOf(log(['attempt_started', { agent_role: 'ops' }]));
    expect(phases.at(-1)).toMatchObject({ name: 'other', roles: ['ops'], status: 'running' });
  });

  test('the time of a phase that runs goes on while nothing happens', () => {
    const { phases } = summaryOf(log(['attempt_started', { agent_role: 'sdlc_planner' }]), 42_000);
    expect(phases[0]).toMatchObject({ name: 'plan', status: 'running', duration_ms: 42_000 });
  });

  test('a role that only keeps a log neither begins nor ends one', () => {
    const { phases } = summaryOf(
      log(
        ['agent_log', { agent_role: 'adw_plan_build', phase: 'plan', level: 'INFO', message: 'starting' }],
        ['attempt_started', { agent_role: 'sdlc_planner' }],
        ['session_ended', { agent_role: 'sdlc_planner', ...success }],
        ['agent_log', { agent_role: 'adw_plan_build', phase: 'plan', level: 'INFO', message: 'built, much later' }],
      ),
    );
    expect(phases[0]).toMatchObject({ status: 'completed', duration_ms: 1_000 });
  });

  test('a log that goes on keeps no phase running, and is not what the run does now', () => {
    const summary = summaryOf(
      log(
        [
          'agent_log',
          { agent_role: 'adw_plan_build', event_type: 'execution_log', level: 'INFO', message: 'planning' },
        ],
        ['session_ended', { agent_role: 'sdlc_planner', subtype: 'success', is_error: false }],
        ['attempt_started', { agent_role: 'sdlc_implementor' }],
        [
          'agent_log',
          { agent_role: 'adw_plan_build', event_type: 'execution_log', level: 'INFO', message: 'building' },
        ],
      ),
    );
    expect(summary).toMatchObject({ status: 'running', phase: 'build' });
    expect(summary.phases.slice(0, 2).map(({ status }) => status)).toEqual(['completed', 'running']);
  });

  test('a checkout gives all files one time: roles stand in the order of workflows, how long several took is not known', () => {
    const timing = 'estimated';
    const ran = (role: string, duration: number): [string, Record<string, unknown>][] => [
      ['attempt_started', { agent_role: role, attempt: 1, timing, session_id: role }],
      ['session_ended', { agent_role: role, attempt: 1, timing, session_id: role, ...success, duration_ms: duration }],
    ];
    const { phases, roles } = summaryOf(
      log(
        ...ran('sdlc_implementor', 60_000),
        ...ran('sdlc_planner', 30_000),
        ...ran('sdlc_implementor_committer', 5_000),
      ),
    );
    expect(roles.map(({ role }) => role)).toEqual(['sdlc_planner', 'sdlc_implementor', 'sdlc_implementor_committer']);
    expect(phases.slice(0, 3).map(phase => phase.duration_ms)).toEqual([1_000, null, null]);
  });

  test('a phase that was said to run ends with its run', () => {
    const events = log(
      ['stage_transition', { from_stage: 'backlog', to_stage: 'plan' }],
      ['stage_transition', { from_stage: 'plan', to_stage: 'errored' }],
    );
    expect(summaryOf(events)).toMatchObject({
      status: 'failed',
      phases: [{ name: 'plan', status: 'failed' }, {}, {}, {}, {}, {}],
    });
  });
});

describe('what else is kept', () => {
  test('commit, branch and pull request, as the results of commands name them', () => {
    const pr = { number: 12, url: 'https://git.example/o/r/pull/12', action: 'created' };
    const done = (git: object): [string, Record<string, unknown>] => [
      'tool_use_post',
      { ...builder, tool_name: 'Bash', tool_use_id: 't', git },
    ];
    const events = log(done({ commit: { sha: 'abc1234' }, push: { branch: 'feat-1' } }), done({ pr }));
    expect(summaryOf(events)).toMatchObject({ commit: 'abc1234', branch: 'feat-1', pull_request: pr.url });
  });

  test('of several commits the newest, in whatever order their files are read', () => {
    const made = (role: string, sha: string, second: number): [string, Record<string, unknown>] => [
      'tool_use_post',
      { agent_role: role, tool_name: 'Bash', git: { commit: { sha } }, timestamp: `2026-01-01T12:00:0${second}.000Z` },
    ];
    const both = [made('sdlc_planner', 'aaa1111', 1), made('sdlc_implementor', 'bbb2222', 2)];
    for (const read of [both, both.toReversed()]) expect(summaryOf(log(...read)).commit).toBe('bbb2222');
  });

  test('nothing is dated by an event of which nothing says when it was', () => {
    const events = log(['agent_created', { ...builder, timestamp: new Date(0).toISOString(), timing: 'unknown' }]);
    expect(summaryOf(events)).toMatchObject({ first_event_at: null, last_event_at: null });
  });

  test('files, screenshots, specs, todos and the ticket', () => {
    const summary = summaryOf(
      log(
        [
          'agent_updated',
          {
            state: {
              issue_number: 7,
              issue_class: '/feature',
              branch_name: 'b',
              all_adws: ['adw_plan_iso'],
              issue_json: { title: 'Dark mode' },
            },
          },
        ],
        ['file_changed', { ...builder, file_path: 'a.ts', operation: 'created', lines_added: 3, lines_removed: 0 }],
        ['file_changed', { ...builder, file_path: 'a.ts', operation: 'modify', lines_added: 1, lines_removed: 2 }],
        ['file_changed', { ...builder, file_path: 'b.ts', operation: 'modified', lines_added: null }],
        [
          'screenshot_available',
          {
            agent_role: 'reviewer',
            screenshot_path: 'reviewer/review_img/1.png',
            url: '/x',
            screenshot_type: 'review',
          },
        ],
        ['spec_created', { spec_path: 'specs/p.md', spec_type: 'plan' }],
        ['spec_created', { spec_path: 'specs/p.md', spec_type: 'plan' }],
        [
          'todo_update',
          {
            ...builder,
            items: [
              { content: 'a', state: 'completed' },
              { content: 'b', state: 'pending' },
            ],
          },
        ],
      ),
    );
    expect(summary).toMatchObject({
      title: 'Dark mode',
      issue_number: '7',
      branch: 'b',
      workflow: 'adw_plan_iso',
      totals: { lines_added: 4 },
      files: [
        { path: 'a.ts', operation: 'created', lines_added: 4, lines_removed: 2, changes: 2 },
        { path: 'b.ts', lines_added: null, lines_removed: null, changes: 1 },
      ],
      screenshots: [{ path: 'reviewer/review_img/1.png', url: '/x', versions: 1 }],
      specs: [{ path: 'specs/p.md', versions: 2 }],
      todos: [{ role: 'sdlc_implementor', done: 1 }],
    });
  });

  test('errors are failed tools, ERROR entries and malformed lines', () => {
    const { totals } = summaryOf(
      log(
        ['tool_use_post', { ...builder, tool_name: 'Bash', success: false, status: 'error' }],
        ['agent_log', { ...builder, level: 'ERROR', message: 'x' }],
        ['malformed_line', { ...builder, reason: 'x', bytes: 3, preview: 'x' }],
      ),
    );
    expect(totals).toMatchObject({ errors: 3, tool_errors: 1, log_errors: 1, malformed_lines: 1 });
  });
});

test('an amount that nothing can amount to is no amount', () => {
  const ended = { ...builder, ...success, total_cost_usd: 1.5e308 };
  const { totals } = summaryOf(log(['session_ended', ended], ['session_ended', { ...ended, session_id: 's2' }]));
  expect(totals.cost_usd).toBeNull();
});

describe('whatever events come in', () => {
  const types = [
    ...[
      'attempt_started',
      'session_started',
      'session_ended',
      'usage_update',
      'tool_use_pre',
      'tool_use_post',
      'text_block',
    ],
    ...[
      'agent_log',
      'todo_update',
      'file_changed',
      'screenshot_available',
      'spec_created',
      'status_update',
      'stage_transition',
    ],
    ...[
      'workflow_phase_transition',
      'agent_updated',
      'agent_output_chunk',
      'malformed_line',
      'adw_status',
      'chat_stream',
    ],
  ];
  const number = fc.oneof(fc.integer({ min: -5, max: 1000 }), fc.double(), fc.constant(null));
  const name = fc.constantFrom('sdlc_planner', 'test_runner', '__proto__', 'constructor', 'ops', '7');
  const fields = fc.record(
    {
      agent_role: name,
      attempt: fc.integer({ min: -1, max: 4 }),
      session_id: fc.constantFrom('s1', 's2', '__proto__'),
      timestamp: fc.oneof(
        fc.integer({ min: 0, max: 1_000_000 }).map(ms => new Date(START + ms).toISOString()),
        fc.constant('never'),
      ),
      tool_name: fc.constantFrom('Bash', 'Task', 'constructor'),
      tool_use_id: fc.constantFrom('t1', 't2', 't3'),
      parent_tool_use_id: fc.constantFrom('t1', null),
      success: fc.boolean(),
      subtype: fc.constantFrom('success', 'error_max_turns'),
      is_error: fc.boolean(),
      total_cost_usd: number,
      totals: fc.record({ input_tokens: number, output_tokens: number }),
      model: fc.constantFrom('claude-sonnet-4-5', 'unheard-of'),
      model_usage: fc.dictionary(
        fc.constantFrom('m1', '__proto__'),
        fc.record({ inputTokens: number, costUSD: number }),
      ),
      duration_ms: number,
      lines_added: number,
      file_path: name,
      level: fc.constantFrom('ERROR', 'INFO'),
      status: fc.constantFrom('started', 'completed', 'failed', 'toString'),
      to_stage: fc.constantFrom('plan', 'build', 'errored', 'ready-to-merge', 'constructor'),
      phase_to: fc.constantFrom('review', 'x'),
      state: fc.anything(),
      items: fc.anything(),
      tool_input: fc.anything(),
    },
    { requiredKeys: [] },
  );
  const events = fc
    .array(fc.tuple(fc.constantFrom(...types), fields, fc.integer({ min: 1, max: 3 })), { maxLength: 60 })
    .map(rows => {
      let seq = 0;
      return rows.map(([type, data, step]): FoldEvent => {
        seq += step;
        return { type, seq, data };
      });
    });

  test('cutting the log anywhere, saving the state as JSON and going on gives the state of a fold from scratch', () => {
    fc.assert(
      fc.property(events, fc.nat(60), (all, cut) => {
        const whole = JSON.stringify(fold(all));
        const first = fold(all.slice(0, cut));
        const rest = all.slice(cut).reduce(applyEvent, JSON.parse(JSON.stringify(first)) as AdwState);
        expect(JSON.stringify(rest)).toBe(whole);
      }),
    );
  });

  test('applying a stretch of the log again changes nothing', () => {
    fc.assert(
      fc.property(events, fc.nat(60), (all, from) => {
        const state = fold(all);
        const before = JSON.stringify(state);
        expect(JSON.stringify(all.slice(from).reduce(applyEvent, state))).toBe(before);
      }),
    );
  });

  test('no total is negative, none is not a number, and the parts add up to the whole', () => {
    fc.assert(
      fc.property(events, fc.nat(2_000_000), (all, afterMs) => {
        const summary = summarize(fold(all), START + afterMs, LIMITS);
        for (const [key, value] of Object.entries(summary.totals)) {
          if (typeof value === 'number') expect(value, key).toBeGreaterThanOrEqual(0);
        }
        const sum = (costs: { cost_usd: number | null }[]) =>
          costs.reduce((total, one) => total + (one.cost_usd ?? 0), 0);
        expect(sum(summary.roles)).toBeCloseTo(summary.totals.cost_usd ?? 0, 3);
        expect(summary.elapsed_ms ?? 0).toBeGreaterThanOrEqual(0);
        expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
      }),
    );
  });

  test('the state stays small: ten thousand calls leave counts', () => {
    const state = initialState('a1b2c3d4');
    for (let seq = 1; seq <= 20_000; seq += 2) {
      const source = { path: 'sdlc_implementor/raw_output.jsonl' };
      const call = { ...builder, tool_name: 'Bash', tool_use_id: `t${seq}`, source };
      applyEvent(state, { type: 'tool_use_pre', seq, data: { ...call, tool_input: { command: 'x'.repeat(5000) } } });
      if (seq % 3 !== 0) applyEvent(state, { type: 'tool_use_post', seq: seq + 1, data: { ...call, success: true } });
    }
    expect(state.counts.tools).toBe(10_000);
    expect(JSON.stringify(state).length).toBeLessThan(32_000);
  });
});
