import { describe, expect, it } from 'vitest';
import { Turns } from '../../../src/base/turns.ts';
import type { ReadLines } from '../../../src/sidecar/flow.ts';
import { Backlog } from '../../../src/sidecar/tail/backlog.ts';

/** A piece of a file: its end, or more behind it. */
const piece = (atEnd: boolean) => ({ atEnd }) as ReadLines;
const delivery = () => ({ isDelivered: true });

function open(turns: Turns | undefined, state = delivery()): Backlog {
  return new Backlog({ turns, wake: () => {}, isDelivered: () => state.isDelivered });
}

const isTurn = (backlog: Backlog, writtenAt: number) => backlog.isTurn(true, () => writtenAt);

describe('a backlog', () => {
  it('is read in turns with the others of the process, the newest first', () => {
    const turns = new Turns(10);
    const [older, newer] = [open(turns), open(turns)];
    expect([isTurn(older, 1), isTurn(newer, 2), isTurn(older, 1)]).toEqual([true, true, false]);
    newer.took(undefined);
    expect(isTurn(older, 1)).toBe(true);
  });

  it('is read without turns where no other ADW is', () => {
    expect(isTurn(open(undefined), 1)).toBe(true);
  });

  it('waits until what has just come to another is in the log', () => {
    const turns = new Turns(10);
    const state = delivery();
    const [backlog, live] = [open(turns), open(turns, state)];
    live.took(undefined);
    expect([isTurn(backlog, 1), isTurn(live, 2)]).toEqual([true, true]);
    live.took(piece(true));
    state.isDelivered = false;
    expect([isTurn(live, 2), isTurn(backlog, 1)]).toEqual([true, false]);
    state.isDelivered = true;
    expect([isTurn(live, 2), isTurn(backlog, 1)]).toEqual([true, true]);
  });

  it('waits for no piece of another, the last one included, and for none that is closed', () => {
    const turns = new Turns(10);
    const [backlog, other] = [open(turns), open(turns, { isDelivered: false })];
    other.took(piece(false));
    other.took(piece(true));
    other.took(undefined);
    expect(isTurn(backlog, 1)).toBe(true);
    other.took(piece(true));
    expect(isTurn(backlog, 1)).toBe(false);
    other.close();
    expect(isTurn(backlog, 1)).toBe(true);
  });
});
