import { useMemo } from 'preact/hooks';
import type { Session } from '../data/session.ts';
import { type Turn, turnsOf, turnsWithin } from '../run/turns.ts';
import { cutoff, roles } from '../state/replay.ts';
import { table } from '../state/timeline.ts';
import { useAsync } from './parts/use-async.ts';

/** The turns of a run up to the replay position, in order, with costs within those of their roles; empty until they are read. */
export function useTurns(session: Session): readonly Turn[] {
  const { value: events } = useAsync(() => session.all('usage_update'), [table.value, session.summary.value?.last_seq]);
  const until = cutoff.value === undefined ? Number.POSITIVE_INFINITY : (table.value.rowData[cutoff.value]?.seq ?? 0);
  const turns = useMemo(() => turnsOf((events ?? []).filter(({ seq }) => seq <= until)), [events, until]);
  return useMemo(() => turnsWithin(turns, roles.value), [turns, roles.value]);
}
