import { describe, expect, it } from 'vitest';
import { BATCH_EVENTS_MAX } from '../../../src/event/limits.ts';
import type { Generation } from '../../../src/sidecar/flow.ts';
import { type DoneLine, unitsOf } from '../../../src/sidecar/parse/units.ts';

const generation: Generation = {
  adwId: '1a2b3c4d',
  path: 'tester/raw_output.jsonl',
  fingerprint: 'f1',
  role: 'tester',
  attempt: 1,
  reason: 'new',
  lostBytes: 0,
};
const range = { from: 0, hash: () => 'sha', tailHash: () => 'tail' };

/** Lines of a byte and its newline, each with this many events. */
function shortLines(count: number, events: number): DoneLine[] {
  return Array.from({ length: count }, (_, at) => ({
    line: { offset: 2 * at, length: 2, number: at + 1, terminated: true },
    parsed: { content: '1', changed: false, redactions: {}, artifacts: [], events: Array(events).fill({ data: {} }) },
    time: { ms: 0, timing: 'exact' },
  })) as unknown as DoneLine[];
}

const input = { generation, phase: undefined, linesBefore: 0, atEnd: true };

describe('a chunk full of short lines', () => {
  it('is several units, so that none has more events than a server takes in one request', () => {
    const lines = shortLines(30_000, 1);
    const units = unitsOf({ ...input, lines, range: { ...range, end: 60_000 } });
    expect(units.map(({ lines: count }) => count)).toEqual([10_000, 10_000, 10_000]);
    for (const unit of units) expect(unit.events.length).toBeLessThanOrEqual(BATCH_EVENTS_MAX);
    expect(units.map(({ offset, end }) => [offset, end])).toEqual([
      [0, 20_000],
      [20_000, 40_000],
      [40_000, 60_000],
    ]);
  });

  it('is cut before a line with many events, which alone may have more', () => {
    const lines = [...shortLines(2, 6_000), ...shortLines(1, 25_000)];
    const units = unitsOf({ ...input, lines, range: { ...range, end: 6 } });
    expect(units.map(({ events }) => events.length)).toEqual([6_001, 6_001, 25_001]);
  });
});
