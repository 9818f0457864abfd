import { describe, expect, it, vi } from 'vitest';
import { Turns, type TurnTaker } from '../../src/base/turns.ts';

const taker = (): TurnTaker & { woken: number } => {
  const self = { woken: 0, wake: () => void self.woken++ };
  return self;
};

describe('turns', () => {
  it('are those of the most urgent, and among equals of the one that has waited longest', () => {
    const turns = new Turns(10);
    const [first, second, urgent] = [taker(), taker(), taker()];
    expect([turns.isTurnOf(first, 1), turns.isTurnOf(second, 1)]).toEqual([true, false]);
    expect([turns.isTurnOf(urgent, 2), turns.isTurnOf(first, 1)]).toEqual([true, false]);
    turns.leave(urgent);
    expect([first.woken, second.woken]).toEqual([1, 0]);
    turns.leave(first);
    expect([second.woken, turns.isTurnOf(second, 1)]).toEqual([1, true]);
  });

  it('are given while there is room for what is on its way, and the next one is woken when there is again', () => {
    const turns = new Turns(10);
    const only = taker();
    turns.add(9);
    expect(turns.isTurnOf(only, 0)).toBe(true);
    turns.add(9);
    expect(turns.isTurnOf(only, 0)).toBe(false);
    turns.add(-4);
    expect(only.woken).toBe(0);
    turns.add(-5);
    expect([only.woken, turns.isTurnOf(only, 0)]).toEqual([1, true]);
  });

  it('wait while something live is on its way, but not for long', async () => {
    const turns = new Turns(10);
    const [backlog, live] = [taker(), taker()];
    expect(turns.isTurnOf(backlog, 0)).toBe(true);
    turns.setLive(live, true);
    expect(turns.isTurnOf(backlog, 0)).toBe(false);
    turns.setLive(live, false);
    expect([backlog.woken, turns.isTurnOf(backlog, 0)]).toEqual([1, true]);
    turns.setLive(live, true);
    expect(turns.isTurnOf(backlog, 0)).toBe(false);
    await vi.waitUntil(() => backlog.woken === 2);
    expect([turns.isTurnOf(backlog, 0), turns.isTurnOf(backlog, 0)]).toEqual([true, false]);
  });

  it('go on when one leaves that had not asked', () => {
    const turns = new Turns(10);
    const only = taker();
    turns.isTurnOf(only, 0);
    turns.leave(taker());
    expect([only.woken, turns.isTurnOf(only, 0)]).toEqual([0, true]);
  });
});
