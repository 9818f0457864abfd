import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventTime, Line } from '../../../src/sidecar/flow.ts';
import { createLineClock } from '../../../src/sidecar/parse/line-clock.ts';

const START = Date.UTC(2026, 0, 1);

/** What is said of one line: the second that it names, and the one in which it was seen to arrive. */
interface Said {
  readonly stamp?: number;
  readonly seen?: number;
}

const unknown = (): EventTime => ({ ms: START + 900_000, timing: 'unknown' });

/** The times of lines of ten bytes each, in seconds, as they are told when they are read in batches of this size. */
function timesOf(
  said: readonly Said[],
  { batch = said.length, estimate = unknown as (offset: number) => EventTime } = {},
) {
  const lines = said.map(
    (_, index): Line => ({
      bytes: Buffer.alloc(9),
      number: index + 1,
      offset: index * 10,
      length: 10,
      terminated: true,
    }),
  );
  const ms = (seconds: number | undefined) => (seconds === undefined ? undefined : START + seconds * 1_000);
  const clock = createLineClock({
    observedAt: offset => ms(said[Math.floor(offset / 10)]?.seen),
    estimate,
    stampOf: line => ms(said[line.number - 1]?.stamp),
  });
  const times: string[] = [];
  for (let at = 0; at < lines.length; at += batch) {
    const read = lines.slice(at, at + batch);
    for (const [index, line] of read.entries()) {
      const stampMs = ms(said[line.number - 1]?.stamp);
      const guess = clock.timeOf(line, { lines: read, index });
      const time: EventTime = stampMs === undefined ? guess : { ms: stampMs, timing: 'exact' };
      clock.passed(line, time);
      times.push(`${(time.ms - START) / 1_000} ${time.timing}`);
    }
  }
  return times;
}

describe('a line without a time', () => {
  it('lies between its neighbours that have one, in the order of the file', () => {
    expect(timesOf([{ stamp: 10 }, {}, {}, { stamp: 40 }])).toEqual([
      '10 exact',
      '20 estimated',
      '30 estimated',
      '40 exact',
    ]);
  });

  it('lies at the last time that the file names when none follows, whatever the file system says', () => {
    expect(timesOf([{ stamp: 10 }, {}, {}]).slice(1)).toEqual(['10 estimated', '10 estimated']);
  });

  it('lies at the first time when none is before, or a session earlier where the result says how long it was', () => {
    expect(timesOf([{}, { stamp: 10 }])[0]).toBe('10 estimated');
    const estimate = (): EventTime => ({ ms: START + 4_000, timing: 'estimated' });
    expect(timesOf([{}, { stamp: 10 }], { estimate })[0]).toBe('4 estimated');
    expect(timesOf([{}, { stamp: 3 }], { estimate })[0]).toBe('3 estimated');
  });

  it('has the time at which it was seen to arrive, where that does not contradict its neighbours', () => {
    expect(
      timesOf([{ seen: 1 }, { stamp: 10, seen: 11 }, { seen: 12 }, { stamp: 20, seen: 20 }, { seen: 21 }]),
    ).toEqual(['1 observed', '10 exact', '12 observed', '20 exact', '21 observed']);
    // Read late, all at once.
    expect(timesOf([{ stamp: 10, seen: 25 }, { seen: 25 }, { stamp: 20, seen: 25 }])[1]).toBe('15 estimated');
  });

  it('of a copy that was seen to arrive lies where it was written', () => {
    const seen = 500_000;
    expect(timesOf([{ seen }, { stamp: 10, seen }, { seen: seen + 3 }])).toEqual([
      '10 estimated',
      '10 exact',
      '13 estimated',
    ]);
  });

  it('of another clock is not seen before it was written', () => {
    expect(timesOf([{ stamp: 100, seen: 10 }, { seen: 11 }])[1]).toBe('100 estimated');
  });

  it('in a file without any is seen, or worked out from the file', () => {
    expect(timesOf([{ seen: 3 }, {}])).toEqual(['3 observed', '900 unknown']);
  });

  it('never lies outside of its neighbours, however the file is read', () => {
    const said = fc.record({ stamp: fc.nat(50), seen: fc.nat(80) }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.array(said, { maxLength: 12 }), fc.integer({ min: 1, max: 12 }), (lines, batch) => {
        const stamped = [...lines].sort((a, b) => (a.stamp ?? 0) - (b.stamp ?? 0)).flatMap(({ stamp }) => stamp ?? []);
        const inOrder = lines.map(line => (line.stamp === undefined ? line : { ...line, stamp: stamped.shift()! }));
        const times = timesOf(inOrder, { batch }).map(text => Number.parseFloat(text));
        for (const [index, ms] of times.entries()) {
          const before = inOrder.slice(0, index + 1).findLast(({ stamp }) => stamp !== undefined)?.stamp;
          if (before !== undefined) expect(ms).toBeGreaterThanOrEqual(before);
          const rest = inOrder.slice(index, (Math.floor(index / batch) + 1) * batch);
          const after = rest.find(({ stamp }) => stamp !== undefined)?.stamp;
          if (after !== undefined) expect(ms).toBeLessThanOrEqual(after);
        }
      }),
      { numRuns: 500 },
    );
  });
});
