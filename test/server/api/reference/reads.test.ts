import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GENERATION, linesOf, parseAll } from '../../../sidecar/parse/feed.ts';
import { expectDescribed } from '../documents.ts';
import { type Shown, startShown } from '../shown.ts';

const ADW = '1a2b3c4d';
let shown: Shown;

const line = (data: unknown) => JSON.stringify(data);
const planner = { agent_role: 'sdlc_planner' };
const chunk = (attempt: number, ...lines: string[]) =>
  ['agent_output_chunk', { ...planner, attempt, content: lines.join('\n') }] as const;

beforeAll(async () => {
  shown = await startShown();
  await shown.append(
    ['attempt_started', { ...planner, attempt: 1, reason: 'new' }],
    chunk(1, line({ type: 'assistant', message: { content: [{ type: 'text', text: 'first attempt' }] } })),
    ['attempt_started', { ...planner, attempt: 2, reason: 'rewritten' }],
    chunk(2, line({ type: 'system', subtype: 'init', session_id: 's' })),
    chunk(
      2,
      line({ type: 'assistant', message: { content: [{ type: 'tool_use', name: 'Bash', input: { command: 'ls' } }] } }),
      line({ type: 'result', subtype: 'success', result: 'Plan written' }),
    ),
    ['agent_updated', { state: { issue_number: '7', branch_name: 'feature/x', all_adws: ['adw_plan_iso'] } }],
    [
      'agent_log',
      {
        message: 'Planning',
        level: 'INFO',
        agent_role: 'adw_plan_iso',
        timestamp: '2026-01-01T12:00:00.000Z',
        source: { path: 'adw_plan_iso/execution.log' },
      },
    ],
  );
  for (const content of ['# Old plan', '# Plan']) {
    const bytes = Buffer.from(content);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const path = `specs/issue-7-adw-${ADW}-sdlc_planner-x.md`;
    const storedAt = content === '# Plan' ? 2 : 1;
    await shown.store.putArtifact({
      adwId: ADW,
      path,
      sha256,
      mediaType: 'text/markdown',
      size: bytes.length,
      storedAt,
      bytes,
    });
  }
});
afterAll(() => shown.close());

describe('stage logs', () => {
  it('are the lines of the newest attempt of the stage’s role', async () => {
    const answer = await shown.json(`/api/stage-logs/${ADW}/plan`);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      adw_id: ADW,
      stage: 'plan',
      stage_folder: 'sdlc_planner',
      has_streaming_logs: true,
      has_result: true,
      error: null,
      logs: [
        { entry_type: 'system', subtype: 'init' },
        { entry_type: 'assistant', subtype: 'tool_use', message: '[Tool: Bash]', tool_name: 'Bash' },
        { entry_type: 'result', level: 'SUCCESS', message: 'Plan written' },
      ],
    });
    expect(answer.body.result).toHaveLength(3);
    await expectDescribed(shown.url, '/api/stage-logs/{adw_id}/{stage}', answer);
  });

  it('of another program’s lines are in the words of those that the reference knows, one entry for what each says', async () => {
    const part = (type: string, fields: object) =>
      line({ type, timestamp: Date.UTC(2026, 0, 1), sessionID: 'ses_1', part: { id: line(fields), ...fields } });
    const state = { input: { command: 'exit 3' }, output: 'no', metadata: { exit: 3 }, time: { start: 1, end: 2 } };
    const lines = [
      part('step_start', { type: 'step-start' }),
      part('text', { type: 'text', text: 'I test.' }),
      part('tool_use', { type: 'tool', tool: 'bash', callID: 'c1', state: { status: 'completed', ...state } }),
      part('step_finish', { type: 'step-finish', reason: 'stop', tokens: { input: 3, output: 4 }, cost: 0.5 }),
    ];
    const generation = { ...GENERATION, adwId: ADW, path: 'tester/raw_output.jsonl', role: 'tester' };
    const events = parseAll(linesOf(...lines), { generation }).flatMap(parsed => parsed.events);
    const { path, role, fingerprint, attempt } = generation;
    const source = { path, fingerprint, offset: 0, length: 1 };
    await shown.append(...events.map(({ type, data }) => [type, data] as const), [
      'agent_output_chunk',
      { agent_role: role, attempt, source, line_number: 1, content: lines.join('\n') },
    ]);
    const answer = await shown.json(`/api/stage-logs/${ADW}/test`);
    expect(answer.body).toMatchObject({
      has_result: true,
      logs: [
        { entry_type: 'system', subtype: 'init', session_id: 'ses_1', raw_data: { type: 'step_start' } },
        { entry_type: 'assistant', subtype: 'text', message: 'I test.', level: 'INFO' },
        { entry_type: 'assistant', subtype: 'tool_use', message: '[Tool: bash]', tool_input: { command: 'exit 3' } },
        { entry_type: 'user', subtype: 'tool_result', message: 'no', level: 'ERROR' },
        { entry_type: 'result', subtype: 'success', message: 'I test.', level: 'SUCCESS', usage: { input_tokens: 3 } },
      ],
    });
    expect(answer.body.result).toHaveLength(4);
    await expectDescribed(shown.url, '/api/stage-logs/{adw_id}/{stage}', answer);
  });

  it('are empty, and say so, where a stage has not run', async () => {
    const answer = await shown.json(`/api/stage-logs/${ADW}/document`);
    expect(answer.body).toMatchObject({
      logs: [],
      result: null,
      stage_folder: null,
      has_result: false,
      error: "Stage 'document' not found or not executed yet",
    });
    await expectDescribed(shown.url, '/api/stage-logs/{adw_id}/{stage}', answer);
  });

  it('of all stages come in one answer', async () => {
    const answer = await shown.json(`/api/stage-logs/${ADW}`);
    const stages = ['plan', 'build', 'test', 'review', 'document', 'patch'];
    expect(Object.keys(answer.body.stages as object)).toEqual(stages);
    await expectDescribed(shown.url, '/api/stage-logs/{adw_id}', answer);
  });

  it('refuse in the reference’s words', async () => {
    expect(await shown.json(`/api/stage-logs/${ADW}/merger`)).toMatchObject({
      status: 400,
      body: {
        error: "Invalid stage: merger. Must be one of ['plan', 'build', 'test', 'review', 'document', 'patch']",
      },
    });
    expect(await shown.json('/api/stage-logs/abc/plan')).toMatchObject({
      status: 400,
      body: {
        error: 'Invalid ADW ID format: abc. Expected 8-character identifier.',
        code: 'invalid_adw_id',
        hint: expect.stringContaining('--id-format any'),
      },
    });
    expect(await shown.json('/api/stage-logs/00000000/plan')).toMatchObject({
      status: 404,
      body: { error: 'ADW directory not found: 00000000' },
    });
  });
});

describe('execution logs', () => {
  it('are the entries of the stage’s execution log', async () => {
    const answer = await shown.json(`/api/execution-logs/${ADW}/plan`);
    expect(answer.body).toEqual({
      adw_id: ADW,
      stage: 'plan',
      stage_folder: 'adw_plan_iso',
      has_logs: true,
      error: null,
      logs: [
        {
          timestamp: '2026-01-01 12:00:00',
          level: 'INFO',
          message: 'Planning',
          raw_line: '2026-01-01 12:00:00 - INFO - Planning',
        },
      ],
    });
    await expectDescribed(shown.url, '/api/execution-logs/{adw_id}/{stage}', answer);
  });

  it('refuse as stage logs do', async () => {
    expect((await shown.json('/api/execution-logs/123456789/plan')).status).toBe(400);
    expect((await shown.json(`/api/execution-logs/${ADW}/nope`)).status).toBe(400);
    expect((await shown.json('/api/execution-logs/00000000/plan')).status).toBe(404);
  });
});

describe('the board', () => {
  it('gets every ADW as a flat object', async () => {
    const list = await shown.json('/api/adws/list');
    expect(list.body).toMatchObject({
      count: 1,
      adws: [{ id: ADW, adw_id: ADW, issue_number: '7', branch_name: 'feature/x', all_adws: ['adw_plan_iso'] }],
    });
    await expectDescribed(shown.url, '/api/adws/list', list);
    const one = await shown.json(`/api/adws/${ADW}`);
    expect(one.body).toEqual((list.body.adws as unknown[])[0]);
    await expectDescribed(shown.url, '/api/adws/{adw_id}', one);
  });

  it('filters by status, stage and being stuck', async () => {
    const count = async (query: string) => (await shown.json(`/api/adws?${query}`)).body.total_count;
    const status = ((await shown.json(`/api/adws/${ADW}`)).body as { status: string }).status;
    expect(await count('')).toBe(1);
    expect(await count(`status=${status}`)).toBe(1);
    expect(await count('status=nothing')).toBe(0);
    expect(await count('stage=nothing&include_deleted=true')).toBe(0);
    await expectDescribed(shown.url, '/api/adws', await shown.json('/api/adws?is_stuck=false'));
    expect((await shown.json('/api/adws?is_stuck=maybe')).body.code).toBe('invalid_query');
  });

  it('reads the state in both shapes at once', async () => {
    const answer = await shown.json(`/api/agent-state/${ADW}`);
    expect(answer.body).toMatchObject({ issue_number: '7', adw_id: ADW, state: { issue_number: '7' } });
    await expectDescribed(shown.url, '/api/agent-state/{adw_id}', answer);
  });

  it('reads the newest plan', async () => {
    const answer = await shown.json(`/api/adws/${ADW}/plan`);
    expect(answer.body).toEqual({
      plan_content: '# Plan',
      plan_file: `specs/issue-7-adw-${ADW}-sdlc_planner-x.md`,
    });
    await expectDescribed(shown.url, '/api/adws/{adw_id}/plan', answer);
  });

  it('is told what does not exist', async () => {
    for (const path of ['/api/adws/00000000', '/api/adws/00000000/plan', '/api/agent-state/00000000']) {
      const { status, body } = await shown.json(path);
      expect(status).toBe(404);
      expect(body.error).toBe("ADW ID '00000000' not found");
    }
  });
});
