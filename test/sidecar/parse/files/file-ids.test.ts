import { describe, expect, it } from 'vitest';
import type { Phase } from '../../../../src/adw/phase.ts';
import { roleEvents } from '../../../../src/sidecar/parse/files/role.ts';
import { readState, stateEvents } from '../../../../src/sidecar/parse/files/state-file.ts';

const origin = { adwId: '1a2b3c4d', path: 'adw_state.json', time: { ms: 0, timing: 'estimated' as const } };
const idsOf = (found: { events: readonly { type: string; data: { event_id?: string | undefined } }[] }) =>
  found.events.map(({ type, data }) => `${type} ${data.event_id}`);

describe('a replay after a watch', () => {
  it('makes the same events of a state, though it does not know the states before', () => {
    const before = readState('{"issue_number":"1"}', undefined)?.state;
    const now = readState('{"issue_number":"1","plan_file":"specs/a.md"}', undefined);
    if (!now) throw new Error('the state is readable');
    expect(idsOf(stateEvents(origin, now, undefined))).toEqual(idsOf(stateEvents(origin, now, before)));
  });

  it('enters a phase by the same event, whichever of its roles it finds first', () => {
    const role = (name: string, previousPhase: Phase | undefined) =>
      roleEvents({ ...origin, path: name, role: name, phase: 'plan', previousPhase });
    const entered = (found: ReturnType<typeof role>) => idsOf(found).filter(id => !id.startsWith('agent_created'));
    expect(entered(role('sdlc_planner', undefined))).toEqual(entered(role('issue_classifier', 'build')));
    expect(idsOf(role('sdlc_planner', undefined))[0]).not.toBe(idsOf(role('issue_classifier', undefined))[0]);
  });
});
