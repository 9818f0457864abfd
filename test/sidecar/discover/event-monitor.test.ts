import { describe, expect, it } from 'vitest';
import { EventMonitor } from '../../../src/sidecar/discover/event-monitor.ts';

/** Feeds growth, one a second, and answers after how many the events are given up. */
function givenUpAfter(hearing: EventMonitor, paths: (n: number) => string, heard: (n: number) => boolean): number {
  for (let n = 0; n < 100; n++) {
    const now = 1_000_000 + n * 1_000;
    if (hearing.missedGrowth(paths(n), now)) return n + 1;
    if (heard(n)) hearing.heard(paths(n), now + 900);
  }
  return Number.POSITIVE_INFINITY;
}

describe('hearing', () => {
  it('is trusted however often a look is faster than an event', () => {
    expect(
      givenUpAfter(
        new EventMonitor(),
        n => `file-${n}`,
        () => true,
      ),
    ).toBe(Number.POSITIVE_INFINITY);
  });

  it('is given up when one file, or several, grow and nothing is heard of them', () => {
    expect(
      givenUpAfter(
        new EventMonitor(),
        () => 'file',
        () => false,
      ),
    ).toBe(5);
    expect(
      givenUpAfter(
        new EventMonitor(),
        n => `file-${n}`,
        () => false,
      ),
    ).toBe(7);
  });

  it('is given up for a part of the tree without events beside one that has them', () => {
    expect(
      givenUpAfter(
        new EventMonitor(),
        n => `file-${n}`,
        n => n % 2 === 0,
      ),
    ).toBe(12);
  });

  it('is not lost over an event that was missed now and then', () => {
    const now = 1_000_000;
    const hearing = new EventMonitor();
    for (let n = 0; n < 20; n++) {
      expect(hearing.missedGrowth('file', now + n * 60_000)).toBe(false);
      hearing.heard('file', now + n * 60_000 + 30_000);
    }
  });
});
