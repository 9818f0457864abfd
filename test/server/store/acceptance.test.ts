import { describe, expect, it } from 'vitest';
import { TAIL_BYTES_MAX } from '../../../src/event/limits.ts';
import { HELD_UNITS_MAX, type LogView, planCall } from '../../../src/server/store/acceptance.ts';
import { type AppendEntry, type HeldUnit, PositionMismatchError } from '../../../src/server/store/store.ts';
import { anEvent, anEventEntry, aUnitEntry, type UnitFields } from './contract/entries.ts';

/** What a log says that took `units` of one generation. */
function logOf(...units: UnitFields[]): LogView {
  const plan = planCall(units.map(aUnitEntry), { hasId: () => false, position: () => undefined, held: () => [] });
  if (plan instanceof PositionMismatchError) throw plan;
  const held: readonly HeldUnit[] = plan.moved[0]?.units ?? [];
  return {
    hasId: () => false,
    position: () => plan.positions[0],
    held: ({ offset }, max) => held.filter(({ end }) => end > offset).slice(0, max),
  };
}

const outcomesOf = (log: LogView, ...units: UnitFields[]) => {
  const plan = planCall(units.map(aUnitEntry), log);
  return plan instanceof PositionMismatchError ? plan : plan.outcomes;
};

describe('a unit', () => {
  const log = logOf({ offset: 0, end: 10 }, { offset: 10, end: 10_000 });

  it('is accepted where the log stands, and after those of its own call', () => {
    const next = [
      { offset: 10_000, end: 10_001 },
      { offset: 10_001, end: 10_005 },
    ];
    expect(outcomesOf(log, ...next, ...next)).toEqual(['accepted', 'accepted', 'duplicate', 'duplicate']);
  });

  it('is a duplicate when the log holds its range with its hash', () => {
    expect(outcomesOf(log, { offset: 0, end: 10 }, { offset: 10, end: 10_000 })).toEqual(['duplicate', 'duplicate']);
  });

  it('is a duplicate when the tail hash of the position covers all of it', () => {
    expect(outcomesOf(log, { offset: 10_000 - TAIL_BYTES_MAX, end: 10_000 })).toEqual(['duplicate']);
    expect(outcomesOf(log, { offset: 9_999 - TAIL_BYTES_MAX, end: 10_000 })).toBeInstanceOf(PositionMismatchError);
  });

  it('is refused behind the position when the log holds other bytes there', () => {
    for (const other of [
      { offset: 0, end: 10, bytes: 'others' },
      { offset: 0, end: 9 },
      { offset: 9_990, end: 9_999 },
    ]) {
      expect(outcomesOf(log, other)).toMatchObject({ units: [{ isBehind: true }] });
    }
  });

  it('is refused beyond the position, and across it', () => {
    for (const unit of [
      { offset: 10_001, end: 10_002 },
      { offset: 9_999, end: 10_002 },
    ]) {
      expect(outcomesOf(log, unit)).toMatchObject({ positions: [{ next: 10_000 }], units: [{ isBehind: false }] });
    }
  });

  it('is no duplicate of a range that the log was only told to skip', () => {
    const skipped: LogView = { ...log, held: () => [{ offset: 0, end: 10, sha256: '' }] };
    expect(outcomesOf(skipped, { offset: 0, end: 10 })).toBeInstanceOf(PositionMismatchError);
  });
});

describe('an event outside a unit', () => {
  const log: LogView = { ...logOf(), hasId: (adwId, eventId) => adwId === '1a2b3c4d' && eventId === 'known' };
  const planned = (...entries: AppendEntry[]) => planCall(entries, log);

  it('is a duplicate when its ADW has had its id, and after one of its own call', () => {
    const entries = [
      anEventEntry({ id: 'known' }),
      anEventEntry({ id: 'known', adwId: 'ffff0000' }),
      anEventEntry({ id: 'new' }),
      anEventEntry({ id: 'new' }),
    ];
    expect(planned(...entries)).toMatchObject({ outcomes: ['duplicate', 'accepted', 'accepted', 'duplicate'] });
  });

  it('is not looked for where its id was made just now', () => {
    const event = { ...anEvent({ id: 'known' }), isIdNew: true };
    expect(planned({ kind: 'event', event })).toMatchObject({ outcomes: ['accepted'] });
  });

  it('has its outcome in the place of its entry, among units', () => {
    const unit = aUnitEntry({ offset: 0, end: 5 });
    expect(planned(anEventEntry({ id: 'known' }), unit, unit)).toMatchObject({
      outcomes: ['duplicate', 'accepted', 'duplicate'],
    });
  });
});

describe('a refusal', () => {
  it('names the first refused unit of each generation, and every position as it is without the call', () => {
    const refusal = outcomesOf(
      logOf(),
      { offset: 0, end: 5 },
      { offset: 6, end: 9 },
      { offset: 8, end: 9 },
      { offset: 3, end: 4, fingerprint: 'f2' },
    ) as PositionMismatchError;
    expect(refusal.units.map(({ unit }) => [unit.fingerprint, unit.offset])).toEqual([
      ['f1', 6],
      ['f2', 3],
    ]);
    expect(refusal.positions.map(({ next }) => next)).toEqual([0, 0]);
  });

  it('names no more ranges than its limit', () => {
    const many = Array.from({ length: 2 * HELD_UNITS_MAX }, (_, at) => ({ offset: at * 10, end: at * 10 + 10 }));
    const refusal = outcomesOf(logOf(...many), { offset: 0, end: 7 }) as PositionMismatchError;
    expect(refusal.units[0]?.held).toHaveLength(HELD_UNITS_MAX);
  });
});
