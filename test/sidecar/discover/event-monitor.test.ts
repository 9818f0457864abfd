import { describe, expect, it } from 'vitest';
import { EventMonitor } from '../../../src/sidecar/discover/event-monitor.ts';

/** Feeds growth, one a second, and answers after how many the events are given up. */
function givenUpAfter(monitor: EventMonitor, paths: (n: number) => string, isNamed: (n: number) => boolean): number {
  for (let n = 0; n < 100; n++) {
    const now = 1_000_000 + n * 1_000;
    if (monitor.grew(paths(n), now)) return n + 1;
    if (isNamed(n)) monitor.named(paths(n), now + 900);
  }
  return Number.POSITIVE_INFINITY;
}

describe('file system events', () => {
  it('are relied on however often a poll is faster than an event', () => {
    expect(
      givenUpAfter(
        new EventMonitor(),
        n => `file-${n}`,
        () => true,
      ),
    ).toBe(Number.POSITIVE_INFINITY);
  });

  it('are given up when one file, or several, grow and none names them', () => {
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

  it('are given up for a part of the tree without any beside one that has them', () => {
    expect(
      givenUpAfter(
        new EventMonitor(),
        n => `file-${n}`,
        n => n % 2 === 0,
      ),
    ).toBe(12);
  });

  it('are not given up over one that comes late now and then', () => {
    const now = 1_000_000;
    const monitor = new EventMonitor();
    for (let n = 0; n < 20; n++) {
      expect(monitor.grew('file', now + n * 60_000)).toBe(false);
      monitor.named('file', now + n * 60_000 + 30_000);
    }
  });
});
