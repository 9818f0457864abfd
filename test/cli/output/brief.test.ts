import { expect, test } from 'vitest';
import { briefOf } from '../../../src/cli/output/brief.ts';
import { log, summaryOf } from '../../adw/log.ts';

test('a brief stays below 2 KB, however many phases a run names and in whatever script', () => {
  const phases = Array.from({ length: 90 }, (_, i): [string, Record<string, unknown>] => [
    'phase_update',
    { phase: `${'相'.repeat(60)}${i}`, index: i, kind: 'code', state: 'completed', attempt: 1 },
  ]);
  const long = { issue_title: '題'.repeat(400), branch_name: 'b' };
  const brief = briefOf(summaryOf(log(...phases, ['agent_updated', { state: long }])));
  expect(Buffer.byteLength(JSON.stringify(brief))).toBeLessThan(2_000);
  expect(Object.keys(brief.phases).length).toBeGreaterThan(0);
});

test('a brief names the last phases that have begun', () => {
  const phases = ['a', 'b', 'c'].map((phase, index): [string, Record<string, unknown>] => [
    'phase_update',
    { phase, index, kind: 'code', state: phase === 'c' ? 'pending' : 'completed', attempt: 1 },
  ]);
  expect(briefOf(summaryOf(log(...phases))).phases).toEqual({ a: 'completed', b: 'completed' });
});
