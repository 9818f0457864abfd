import { expect, test } from 'vitest';
import { listedRun } from '../../src/adw/listed-run.ts';
import { log, summaryOf } from './log.ts';

const began: [string, Record<string, unknown>] = [
  'session_started',
  { agent_role: 'worker', attempt: 1, session_id: 's', model: 'claude-opus-4-5' },
];

test('a run is listed with the model that it began with, until something says what was used', () => {
  expect(listedRun(summaryOf(log(began))).models).toEqual(['claude-opus-4-5']);
  const used = { 'claude-haiku-4-5': { inputTokens: 10, outputTokens: 5, costUSD: 0.1 } };
  const ended = { agent_role: 'worker', attempt: 1, session_id: 's', subtype: 'success', model_usage: used };
  expect(listedRun(summaryOf(log(began, ['session_ended', ended]))).models).toEqual(['claude-haiku-4-5']);
});
