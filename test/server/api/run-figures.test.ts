import { expect, test } from 'vitest';
import { RunFigures } from '../../../src/server/api/run-figures.ts';
import type { States } from '../../../src/server/api/states.ts';
import { log, summaryOf } from '../../adw/log.ts';

const phase = (name: string, index: number, owner: string): [string, Record<string, unknown>] => [
  'phase_update',
  { phase: name, index, kind: 'agent', owner, state: 'completed', attempt: 1 },
];
const ran = (role: string): [string, Record<string, unknown>] => ['text_block', { agent_role: role, content: 'x' }];

/** The series of attempts, by phase and role, of runs with these events. */
function attemptsOf(...runs: readonly (readonly [string, Record<string, unknown>][])[]) {
  const summaries = runs.map((events, index) => ({ ...summaryOf(log(...events)), adw_id: `run${index}` }));
  const states = {
    heads: () => summaries.map(({ adw_id, last_seq }) => ({ adwId: adw_id, lastSeq: last_seq })),
    one: (id: string) => summaries.find(({ adw_id }) => adw_id === id),
  } as unknown as Pick<States, 'heads' | 'one'>;
  const figures = new RunFigures(states).read();
  return figures.find(({ name }) => name === 'adw_stream_agent_attempts')?.series ?? [];
}

test('figures have the phases that runs name themselves, and `several` where nothing tells apart what was done in which', () => {
  const own = [phase('scout it', 0, 'scout'), phase('make', 1, 'builder'), phase('mend', 2, 'builder')];
  const series = attemptsOf([...own, ran('scout'), ran('builder')], [ran('sdlc_planner'), ran('somebody')]);
  expect(series.map(({ labels }) => [labels.phase, labels.role])).toEqual([
    ['scout it', 'scout'],
    ['several', 'builder'],
    ['plan', 'sdlc_planner'],
    ['none', 'somebody'],
  ]);
});

test('a flood of phases makes no flood of series', () => {
  const runs = Array.from({ length: 80 }, (_, i) => [phase(`phase ${i}`, 0, 'agent'), ran('agent')]);
  const series = attemptsOf(...runs);
  expect(new Set(series.map(({ labels }) => labels.phase)).size).toBe(51);
  expect(series.find(({ labels }) => labels.phase === 'other')?.value).toBe(30);
});
