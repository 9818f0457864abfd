import { describe, expect, test } from 'vitest';
import { applyEvent, initialState, summarize } from '../../../../src/adw/fold.ts';
import { DEFAULT_LIMITS } from '../../../../src/adw/silence.ts';
import { parseEvent } from '../../../../src/event/parse-event.ts';
import { classify } from '../../../../src/sidecar/discover/classify.ts';
import type { FileOutcome } from '../../../../src/sidecar/parse/files/file-events.ts';
import { otherFileEvents, outcomeEvents } from '../../../../src/sidecar/parse/files/outcome.ts';
import { createRedactor } from '../../../../src/sidecar/parse/redact.ts';

const ADW = '1a2b3c4d';
const NOW = Date.parse('2026-01-01T12:00:00Z');
const redact = createRedactor({ patterns: {} });
const factOf = (path: string) => ({
  adwId: ADW,
  path,
  role: path.includes('/') ? path.split('/')[0] : undefined,
  time: { ms: NOW, timing: 'estimated' as const },
});

function read(path: string, content: unknown, hasStream = false): FileOutcome | undefined {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return outcomeEvents(factOf(path), Buffer.from(text), { redact, hasStream, giveUp: false });
}

/** The summary of a run of which these files are all that there is, an hour later. */
function summaryOf(...outcomes: (FileOutcome | undefined)[]) {
  const state = initialState(ADW);
  const events = outcomes.flatMap(outcome => outcome?.events ?? []);
  for (const { type, data } of events) applyEvent(state, { type, data, seq: state.lastSeq + 1 });
  return summarize(state, NOW + 3_600_000, DEFAULT_LIMITS);
}

describe('workflow_summary.json', () => {
  const content = {
    workflow: 'plan_build',
    prompt: 'Add a dark mode',
    plan_path: 'specs/dark.md',
    phases: { planning: { success: true }, implementation: { success: false }, update_task: null },
    overall_success: false,
    error: 'Implementation phase failed: no plan',
  };

  test('tells the end of the run, what was asked for, the plan and the phases', () => {
    const summary = summaryOf(read('workflow_summary.json', content));
    expect(summary).toMatchObject({
      status: 'failed',
      why: 'Implementation phase failed: no plan',
      title: 'Add a dark mode',
      workflow: 'plan_build',
      plan_file: 'specs/dark.md',
    });
    expect(summary.phases.slice(0, 2).map(({ status }) => status)).toEqual(['completed', 'failed']);
  });

  test('says completed where it has no error', () => {
    const { error: _, ...rest } = content;
    expect(summaryOf(read('workflow_summary.json', { ...rest, overall_success: true }))).toMatchObject({
      status: 'completed',
      why: 'workflow_summary.json says completed',
    });
  });

  test('is waited for while it is half written, and shown as it is when it stays so', () => {
    expect(read('workflow_summary.json', '{"prompt":')).toBeUndefined();
    const context = { redact, hasStream: false, giveUp: true };
    const types = outcomeEvents(factOf('workflow_summary.json'), Buffer.from('{'), context)?.events.map(
      ({ type }) => type,
    );
    expect(types).toEqual(['artifact']);
  });
});

describe("files in a role's directory", () => {
  test('custom_summary_output.json says how a role ended whose lines are missing', () => {
    const failed = { success: false, error: 'Command not found: claude', command: '/implement' };
    expect(summaryOf(read('builder/custom_summary_output.json', failed))).toMatchObject({
      status: 'failed',
      why: 'builder failed: Command not found: claude',
      totals: { errors: 1 },
    });
    expect(summaryOf(read('builder/custom_summary_output.json', { success: true })).status).toBe('completed');
  });

  const result = {
    type: 'result',
    subtype: 'success',
    is_error: false,
    num_turns: 6,
    result: 'Done.',
    total_cost_usd: 0.5,
    session_id: 's',
  };

  test('cc_final_object.json stands for lines that are missing, and only then', () => {
    const { roles, totals, status } = summaryOf(read('builder/cc_final_object.json', result));
    expect(status).toBe('completed');
    expect(totals.cost_usd).toBe(0.5);
    expect(roles[0]?.attempts[0]).toMatchObject({ turns: 6, status: 'completed' });
    expect(read('builder/cc_final_object.json', result, true)?.events.map(({ type }) => type)).toEqual(['artifact']);
  });

  test('cc_final_object.json that is no result ended nothing', () => {
    expect(summaryOf(read('builder/cc_final_object.json', { ...result, type: 'assistant' })).status).not.toBe(
      'completed',
    );
  });

  test('error_response_*.json is a failure, of its role or of the run', () => {
    const error = { error: { type: 'overloaded_error', message: 'Overloaded' } };
    expect(summaryOf(read('builder/error_response_1.json', error)).why).toBe('builder failed: Overloaded');
    expect(summaryOf(read('error_response_1.json', error))).toMatchObject({ status: 'failed' });
  });

  test('cc_final_result.txt is told, and all of them can be opened, without their secrets', () => {
    const secret = `sk-ant-api03-${'a'.repeat(95)}`;
    const outcome = read('builder/cc_final_result.txt', `Key ${secret}`);
    expect(outcome?.events.map(({ type }) => type)).toEqual(['agent_log', 'artifact']);
    expect(outcome?.artifacts[0]?.bytes.toString()).not.toContain(secret);
    expect(Object.keys(outcome?.redactions ?? {})).toHaveLength(1);
  });

  test('every event of them is one that the log takes', () => {
    const files = [
      read('workflow_summary.json', { prompt: 'x', success: true }),
      read('builder/cc_final_object.json', result),
      read('builder/custom_summary_output.json', { success: false }),
      read('builder/error_response_1.json', {}),
      otherFileEvents(factOf('builder/notes.md'), Buffer.from('# Notes'), redact),
      otherFileEvents(factOf('builder/data.bin'), Buffer.from([0, 255, 1]), redact),
    ];
    for (const event of files.flatMap(file => file?.events ?? []))
      expect(parseEvent(event)).toMatchObject({ ok: true });
  });
});

test.each([
  ['workflow_summary.json', 'outcome'],
  ['builder/custom_summary_output.json', 'outcome'],
  ['builder/cc_final_object.json', 'outcome'],
  ['error_response_1700000000.json', 'outcome'],
  ['builder/cc_final_result.txt', 'outcome'],
  ['state.json', 'state'],
  ['builder/notes.md', 'other'],
  ['builder/logs/run.txt', 'other'],
  ['builder/raw_output.json', undefined],
  ['builder/cc_raw_output.json', undefined],
  ['builder/.gitkeep', undefined],
  ['notes.md', undefined],
])('%s is %s', (path, kind) => {
  expect(classify(path, ADW)?.kind).toBe(kind);
});
