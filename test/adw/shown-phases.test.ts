import { expect, test } from 'vitest';
import { NO_PHASE, PHASES } from '../../src/adw/phase.ts';
import { shownPhases } from '../../src/adw/shown-phases.ts';
import type { PhaseSummary } from '../../src/adw/summary-shape.ts';

type Shown = Pick<PhaseSummary, 'name' | 'status' | 'source'>;

const classic = (begun: Readonly<Record<string, Partial<Shown>>> = {}): Shown[] =>
  PHASES.map(name => ({ name, status: 'pending', source: null, ...begun[name] }));
const other: Shown = { name: NO_PHASE, status: 'running', source: 'roles' };
const namesOf = (phases: readonly Shown[]) => shownPhases(phases).map(({ name }) => name);

test('the phases that a workflow usually has are shown before they begin, ship once it does', () => {
  expect(namesOf(classic())).toEqual(['plan', 'build', 'test', 'review', 'document']);
  expect(namesOf(classic({ ship: { status: 'running', source: 'roles' } }))).toEqual([...PHASES]);
});

test('of a run whose roles belong to no phase none is said to come', () => {
  expect(namesOf([...classic(), other])).toEqual([NO_PHASE]);
});

test('beside phases that have begun, or that the state file names, the others may come', () => {
  for (const plan of [
    { status: 'completed', source: 'roles' },
    { status: 'pending', source: 'state_file' },
  ] as const)
    expect(namesOf([...classic({ plan }), other])).toEqual(['plan', 'build', 'test', 'review', 'document', NO_PHASE]);
});

test('phases that a run names itself are all shown', () => {
  const named = ['draw', 'paint'].map(name => ({ name, status: 'pending', source: 'workflow' }) as const);
  expect(namesOf([...named, other])).toEqual(['draw', 'paint', NO_PHASE]);
});
