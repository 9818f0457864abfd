import { describe, expect, it, vi } from 'vitest';
import { type BacklogLoop, BacklogScheduler } from '../../src/base/backlog-scheduler.ts';

const loop = (): BacklogLoop & { woken: number } => {
  const self = { woken: 0, wake: () => void self.woken++ };
  return self;
};

describe('a backlog scheduler', () => {
  it('lets the loop of the highest priority run, and among equals the one that has waited longest', () => {
    const scheduler = new BacklogScheduler(10);
    const [first, second, urgent] = [loop(), loop(), loop()];
    expect([scheduler.mayRun(first, 1), scheduler.mayRun(second, 1)]).toEqual([true, false]);
    expect([scheduler.mayRun(urgent, 2), scheduler.mayRun(first, 1)]).toEqual([true, false]);
    scheduler.leave(urgent);
    expect([first.woken, second.woken]).toEqual([1, 0]);
    scheduler.leave(first);
    expect([second.woken, scheduler.mayRun(second, 1)]).toEqual([1, true]);
  });

  it('lets one run while there is room for what is on its way, and wakes the next one when there is again', () => {
    const scheduler = new BacklogScheduler(10);
    const only = loop();
    scheduler.add(9);
    expect(scheduler.mayRun(only, 0)).toBe(true);
    scheduler.add(9);
    expect(scheduler.mayRun(only, 0)).toBe(false);
    scheduler.add(-4);
    expect(only.woken).toBe(0);
    scheduler.add(-5);
    expect([only.woken, scheduler.mayRun(only, 0)]).toEqual([1, true]);
  });

  it('waits while something live is on its way, but not for long', async () => {
    const scheduler = new BacklogScheduler(10);
    const [backlog, live] = [loop(), loop()];
    expect(scheduler.mayRun(backlog, 0)).toBe(true);
    scheduler.setLive(live, true);
    expect(scheduler.mayRun(backlog, 0)).toBe(false);
    scheduler.setLive(live, false);
    expect([backlog.woken, scheduler.mayRun(backlog, 0)]).toEqual([1, true]);
    scheduler.setLive(live, true);
    expect(scheduler.mayRun(backlog, 0)).toBe(false);
    await vi.waitUntil(() => backlog.woken === 2);
    expect([scheduler.mayRun(backlog, 0), scheduler.mayRun(backlog, 0)]).toEqual([true, false]);
  });

  it('goes on when a loop leaves that had not asked', () => {
    const scheduler = new BacklogScheduler(10);
    const only = loop();
    scheduler.mayRun(only, 0);
    scheduler.leave(loop());
    expect([only.woken, scheduler.mayRun(only, 0)]).toEqual([0, true]);
  });
});
