import { describe, expect, it } from 'vitest';
import { BacklogScheduler } from '../../../src/base/backlog-scheduler.ts';
import type { ReadLines } from '../../../src/sidecar/flow.ts';
import { Backlog } from '../../../src/sidecar/tail/backlog.ts';

/** A piece of a file: its end, or more behind it. */
const piece = (atEnd: boolean) => ({ atEnd }) as ReadLines;

function open(backlogScheduler: BacklogScheduler | undefined): Backlog {
  return new Backlog({ backlogScheduler, wake: () => {} });
}

const mayRead = (backlog: Backlog, writtenAt: number, isDelivered = true) =>
  backlog.mayReadNext({ canRead: true, isDelivered }, () => writtenAt);

describe('a backlog', () => {
  it('is read after the newer ones of the process', () => {
    const scheduler = new BacklogScheduler(10);
    const [older, newer] = [open(scheduler), open(scheduler)];
    expect([mayRead(older, 1), mayRead(newer, 2), mayRead(older, 1)]).toEqual([true, true, false]);
    newer.took(undefined);
    expect(mayRead(older, 1)).toBe(true);
  });

  it('is read at once where no other ADW is', () => {
    expect(mayRead(open(undefined), 1)).toBe(true);
  });

  it('waits until what has just come to another is in the log', () => {
    const scheduler = new BacklogScheduler(10);
    const [backlog, live] = [open(scheduler), open(scheduler)];
    live.took(undefined);
    expect([mayRead(backlog, 1), mayRead(live, 2)]).toEqual([true, true]);
    live.took(piece(true));
    expect([mayRead(live, 2, false), mayRead(backlog, 1)]).toEqual([true, false]);
    expect([mayRead(live, 2), mayRead(backlog, 1)]).toEqual([true, true]);
  });

  it('waits for no piece of another, the last one included, and for none that is closed', () => {
    const scheduler = new BacklogScheduler(10);
    const [backlog, other] = [open(scheduler), open(scheduler)];
    other.took(piece(false));
    other.took(piece(true));
    other.took(undefined);
    expect(mayRead(backlog, 1)).toBe(true);
    other.took(piece(true));
    expect(mayRead(backlog, 1)).toBe(false);
    other.close();
    expect(mayRead(backlog, 1)).toBe(true);
  });
});
