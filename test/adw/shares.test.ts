import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AdwSummary } from '../../src/adw/summary-shape.ts';
import { assistant, init, result, toolResult, toolUse } from '../sidecar/parse/feed.ts';
import { summaryInTurns, summaryOfFiles, type WrittenFile } from '../support/run-of-lines.ts';

/** What each process of a session used: which role pays for what, in whatever order its files are read. */

const MODEL = 'claude-opus-4-6';
const OLD = '2.1.221';
const NEW = '2.1.332';
let messages = 0;

const begins = (version: string, session = 's-1') =>
  init({ session_id: session, model: MODEL, claude_code_version: version });

/** A message that says it used so many input tokens: at list price $5 a million. */
const says = (inputTokens: number, session = 's-1') =>
  assistant(
    [{ type: 'text', text: 'ok' }],
    { id: `msg_${++messages}`, model: MODEL, usage: { input_tokens: inputTokens, output_tokens: 0 } },
    { session_id: session },
  );

/** A result with these running totals; its own segment is a small part of them. */
const ends = (costUsd: number, inputTokens: number, session = 's-1') =>
  result({
    session_id: session,
    total_cost_usd: costUsd,
    usage: { input_tokens: 1, output_tokens: 0 },
    modelUsage: { [MODEL]: { inputTokens, outputTokens: 0, costUSD: costUsd } },
  });

const costs = ({ totals, roles }: AdwSummary) => ({
  all: totals.cost_usd,
  tokens: totals.input_tokens,
  estimated: totals.cost_estimated,
  roles: Object.fromEntries(roles.map(role => [role.role, role.cost_usd])),
});

const planner = (...lines: object[]): WrittenFile => ({ role: 'sdlc_planner', lines });
const builder = (...lines: object[]): WrittenFile => ({ role: 'sdlc_implementor', lines });

describe('a session that another role resumes', () => {
  test('begins at zero there before 2.1.277', () => {
    const files = [planner(begins(OLD), ends(1, 1_000)), builder(begins(OLD), ends(0.3, 300))];
    const right = {
      all: 1.3,
      tokens: 1_300,
      estimated: false,
      roles: { sdlc_planner: 1, sdlc_implementor: 0.3 },
    };
    expect(costs(summaryOfFiles(files))).toEqual(right);
    expect(costs(summaryInTurns(files))).toEqual(right);
    expect(costs(summaryOfFiles(files.toReversed()))).toEqual(right);
  });

  test('goes on from its total since then, and each role has what it added', () => {
    const files = [planner(begins(NEW), ends(1, 1_000)), builder(begins(NEW), ends(1.3, 1_300))];
    const right = {
      all: 1.3,
      tokens: 1_300,
      estimated: false,
      roles: { sdlc_planner: 1, sdlc_implementor: 0.3 },
    };
    expect(costs(summaryOfFiles(files))).toEqual(right);
    expect(costs(summaryInTurns(files))).toEqual(right);
    expect(costs(summaryOfFiles(files.toReversed()))).toEqual(right);
  });

  test('has in its total what a killed process used before, which counts where it was seen', () => {
    const files = [
      planner(begins(NEW), says(100_000), ends(0.5, 100_000)),
      { role: 'test_runner', lines: [begins(NEW), says(200_000)] },
      builder(begins(NEW), says(100_000), ends(2, 400_000)),
    ];
    for (const read of [files, files.toReversed()]) {
      const { totals, roles } = summaryOfFiles(read);
      expect(totals).toMatchObject({ cost_usd: 2, input_tokens: 400_000, cost_estimated: true });
      expect(roles.find(({ role }) => role === 'test_runner')).toMatchObject({ cost_usd: 1, cost_estimated: true });
      expect(roles.find(({ role }) => role === 'sdlc_implementor')).toMatchObject({ cost_usd: 0.5 });
    }
  });

  test('says the same of the model as of the roles, and whether there is more to come', () => {
    const files = [planner(begins(NEW), ends(1, 1_000)), builder(begins(NEW), ends(1.3, 1_300))];
    const model = { model: MODEL, cost_usd: 1.3, input_tokens: 1_300 };
    expect(summaryOfFiles(files).models).toMatchObject([{ ...model, cost_estimated: false }]);
    const goesOn = [files[0]!, builder(begins(NEW), ends(1.3, 1_300), says(100_000))];
    const more = { ...model, cost_usd: 1.8, input_tokens: 101_300, cost_estimated: true };
    expect(summaryOfFiles(goesOn).models).toMatchObject([more]);
  });
});

describe('several results in one file', () => {
  test('are of several processes where the total falls', () => {
    expect(costs(summaryOfFiles([builder(begins(OLD), ends(1, 1_000), begins(OLD), ends(0.3, 300))]))).toMatchObject({
      all: 1.3,
      tokens: 1_300,
    });
  });

  test('are of several processes where nothing woke the second, though it cost more', () => {
    expect(costs(summaryOfFiles([builder(begins(OLD), ends(0.3, 300), begins(OLD), ends(1, 1_000))])).all).toBe(1.3);
  });

  test('are of one process that the end of work in the background woke', () => {
    const file = builder(
      begins(OLD),
      toolUse('t1', 'Agent', { description: 'look', run_in_background: true }),
      toolResult('t1', 'launched', {}, { tool_use_result: { isAsync: true, status: 'async_launched', agentId: 'a1' } }),
      ends(0.3, 300),
      { type: 'system', subtype: 'task_notification', task_id: 'a1', status: 'completed', session_id: 's-1' },
      begins(OLD),
      ends(1, 1_000),
    );
    expect(costs(summaryOfFiles([file]))).toMatchObject({ all: 1, tokens: 1_000 });
  });

  test('are of one process where the lines come on top of the total before', () => {
    const file = builder(begins(OLD), says(300), ends(0.3, 300), begins(OLD), says(700), ends(1, 1_000));
    expect(costs(summaryOfFiles([file]))).toMatchObject({ all: 1, tokens: 1_000 });
  });

  test('go on from one another since 2.1.277', () => {
    const file = builder(begins(NEW), ends(1, 1_000), begins(NEW), ends(1.3, 1_300));
    expect(costs(summaryOfFiles([file]))).toMatchObject({ all: 1.3, tokens: 1_300, estimated: false });
  });
});

test('a rewrite that resumes the session has a share of its own', () => {
  const files = [
    builder(begins(NEW), ends(1, 1_000)),
    { role: 'sdlc_implementor', attempt: 2, lines: [begins(NEW), ends(1.3, 1_300)] },
  ];
  const [role] = summaryOfFiles(files).roles;
  expect(role).toMatchObject({ cost_usd: 1.3, input_tokens: 1_300 });
  expect(role?.attempts.map(({ cost_usd: cost }) => cost)).toEqual([1, 0.3]);
});

describe('what no result says', () => {
  test('is worked out from the lines, and marked', () => {
    expect(costs(summaryOfFiles([builder(begins(NEW), says(200_000))]))).toMatchObject({ all: 1, estimated: true });
  });

  test('comes on top of the newest result', () => {
    const file = builder(begins(NEW), says(200_000), ends(1.2, 200_000), says(100_000));
    expect(costs(summaryOfFiles([file]))).toMatchObject({ all: 1.7, tokens: 300_000, estimated: true });
  });

  test('is not taken away by the zeros of a crash', () => {
    const crash = { subtype: 'error_during_execution', is_error: true, total_cost_usd: 0, usage: {}, modelUsage: {} };
    const file = builder(begins(NEW), says(200_000), { ...ends(0, 0), ...crash });
    expect(costs(summaryOfFiles([file]))).toMatchObject({ all: 1, tokens: 200_000, estimated: true });
    const later = builder(begins(NEW), says(200_000), ends(1.2, 200_000), { ...ends(0, 0), ...crash });
    expect(costs(summaryOfFiles([later]))).toMatchObject({ all: 1.2, tokens: 200_000 });
  });

  test('is nothing where nothing was used', () => {
    const refused = { ...ends(0, 0), usage: {}, modelUsage: {} };
    expect(costs(summaryOfFiles([builder(begins(NEW), refused)]))).toMatchObject({ all: 0, estimated: false });
  });

  test('is unknown, not free, for a model without a price', () => {
    const message = { id: 'm', model: 'house-model-1', usage: { input_tokens: 10, output_tokens: 5 } };
    const file = builder(init({ model: 'house-model-1' }), assistant([{ type: 'text', text: 'ok' }], message));
    const { totals, phases } = summaryOfFiles([file]);
    expect(totals).toMatchObject({ cost_usd: null, cost_estimated: true, input_tokens: 10 });
    expect(phases.find(({ name }) => name === 'build')).toMatchObject({ cost_usd: null });
  });

  test('is of its own session only', () => {
    const file = builder(begins(NEW, 'one'), says(100_000, 'one'), begins(NEW, 'two'), says(1_000, 'two'));
    expect(costs(summaryOfFiles([file]))).toMatchObject({ all: 0.505, tokens: 101_000 });
  });
});

describe('what nobody knows the cost of', () => {
  const unknown = (inputTokens: number) =>
    assistant([{ type: 'text', text: 'ok' }], {
      id: `msg_${++messages}`,
      model: 'house-model-1',
      usage: { input_tokens: inputTokens, output_tokens: 0 },
    });

  test('is not free: an unknown model, a session that says nothing yet, a role that never ran', () => {
    const nothingYet = planner(begins(NEW));
    const { totals, roles, phases, models } = summaryOfFiles([nothingYet, builder(init(), unknown(1_000))]);
    expect(totals).toMatchObject({ cost_usd: null, input_tokens: 1_000 });
    expect(roles.map(role => role.cost_usd)).toEqual([null, null]);
    expect(phases.map(phase => phase.cost_usd)).toEqual(phases.map(() => null));
    expect(models).toMatchObject([
      { model: 'house-model-1', cost_usd: null, cost_estimated: true, input_tokens: 1_000 },
    ]);
  });

  test('is not free where a result says 0 of the tokens that it names either', () => {
    const said = { inputTokens: 1_000, outputTokens: 10, costUSD: 0 };
    const file = builder(init(), result({ total_cost_usd: 0, modelUsage: { 'house-model-1': said } }));
    const { totals, models } = summaryOfFiles([file]);
    expect(totals).toMatchObject({ cost_usd: null, cost_estimated: true });
    expect(models).toMatchObject([{ model: 'house-model-1', cost_usd: null, cost_estimated: true }]);
  });

  test('is left out of a sum, which is at least so much', () => {
    const { totals, models } = summaryOfFiles([planner(begins(NEW), ends(1, 1_000)), builder(init(), unknown(5_000))]);
    expect(totals).toMatchObject({ cost_usd: 1, cost_estimated: true, input_tokens: 6_000 });
    expect(models.map(({ model, cost_usd }) => [model, cost_usd])).toEqual([
      [MODEL, 1],
      ['house-model-1', null],
    ]);
  });
});

test('each model has what lines say of it, its sub-agents too, before there is a result', () => {
  const haiku = 'claude-haiku-4-5-20251001';
  const usage = { input_tokens: 1_000_000, output_tokens: 0 };
  const file = builder(
    begins(NEW),
    says(100_000),
    toolUse('toolu_A', 'Agent', { subagent_type: 'Explore' }),
    assistant(
      [{ type: 'text', text: 'ok' }],
      { id: 'msg_sub', model: haiku, usage },
      { parent_tool_use_id: 'toolu_A' },
    ),
  );
  expect(summaryOfFiles([file]).models).toMatchObject([
    { model: haiku, cost_usd: 1, cost_estimated: true, input_tokens: 1_000_000 },
    { model: MODEL, cost_usd: 0.5, cost_estimated: true, input_tokens: 100_000 },
  ]);
});

test('of a segment and the models of its process, kind by kind, the fuller counts', () => {
  const file = builder(
    begins(NEW),
    result({
      total_cost_usd: 1,
      usage: {
        input_tokens: 20,
        output_tokens: 9_000,
        cache_read_input_tokens: 300_000,
        cache_creation_input_tokens: 5,
      },
      modelUsage: { [MODEL]: { inputTokens: 4_000, outputTokens: 500, costUSD: 1 } },
    }),
  );
  expect(summaryOfFiles([file]).totals).toMatchObject({
    input_tokens: 4_000,
    output_tokens: 9_000,
    cache_read_tokens: 300_000,
    cache_write_tokens: 5,
  });
});

test('a sub-agent costs no more than its role: list prices are lowered to what the result says, and not raised', () => {
  const sub = { ...says(100_000), parent_tool_use_id: 'toolu_A' };
  const costOfTask = (said: number) => {
    const lines = [begins(OLD), says(100_000), toolUse('toolu_A', 'Agent', { description: 'look' }), sub];
    const { roles } = summaryOfFiles([planner(...lines, ends(said, 200_000))]);
    return roles[0]?.attempts[0]?.tasks[0]?.cost_usd;
  };
  expect(costOfTask(0.2)).toBeCloseTo(0.1, 6);
  expect(costOfTask(1)).toBeCloseTo(0.5, 6);
  expect(costOfTask(3)).toBeCloseTo(0.5, 6);
});

test('shares are the same in whatever order the files of a session are read, and add up to its total', () => {
  const spending = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(spending, fc.boolean(), fc.infiniteStream(fc.nat()), (added, isNew, order) => {
      let sum = 0;
      const files = added.map((part, index): WrittenFile => {
        sum += part;
        const total = isNew ? sum : part;
        return { role: `role_${index}`, lines: [begins(isNew ? NEW : OLD), ends(total / 100, total)] };
      });
      const shuffled = files.map(file => ({ file, key: order.next().value })).toSorted((a, b) => a.key - b.key);
      const { totals, roles } = summaryOfFiles(shuffled.map(({ file }) => file));
      expect(totals.cost_usd).toBeCloseTo(sum / 100, 6);
      expect(totals.input_tokens).toBe(sum);
      for (const [index, part] of added.entries())
        expect(roles.find(({ role }) => role === `role_${index}`)?.cost_usd).toBeCloseTo(part / 100, 6);
    }),
    { numRuns: 60 },
  );
});
