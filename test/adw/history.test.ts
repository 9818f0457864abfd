import { describe, expect, it } from 'vitest';
import { applyEvent, type FoldEvent, initialState, summarize } from '../../src/adw/fold.ts';
import { History } from '../../src/adw/history.ts';
import { DEFAULT_LIMITS } from '../../src/adw/silence.ts';

const ADW = '1a2b3c4d';
/** More than a history keeps a snapshot of each thousand of. */
const EVENTS = 70_000;
const PAGE = 1000;
const START_MS = Date.UTC(2026, 0, 1);

/** Every second seq is another run's. */
const events: FoldEvent[] = Array.from({ length: EVENTS }, (_, n) => ({
  type: 'text_block',
  seq: 2 * n + 2,
  data: {
    ...{ event_id: `e${n}`, agent_role: n % 7 === 0 ? 'reviewer' : 'builder', attempt: 1, content: 'said' },
    ...{ timestamp: new Date(START_MS + n * 1000).toISOString(), timing: 'exact' },
  },
}));

function folded(seq: number) {
  const state = initialState(ADW);
  for (const event of events) if (event.seq <= seq) applyEvent(state, event);
  return summarize(state, state.newest.ms ?? 0, DEFAULT_LIMITS);
}

describe('the past of a run', () => {
  it('is at every position what a fold from the beginning says, forwards, backwards and in between', async () => {
    let read = 0;
    const history = new History(ADW, async after => {
      read += 1;
      const from = events.findIndex(({ seq }) => seq > after);
      return from < 0 ? [] : events.slice(from, from + PAGE);
    });
    for (const seq of [10, 3, 4_001, 2 * EVENTS, 70_001, 4_000, 2 * EVENTS + 5, 0])
      expect(await history.summaryAt(seq, DEFAULT_LIMITS)).toEqual(folded(seq));
    // A step back reads on from a snapshot: at most two thousand events before it.
    read = 0;
    await history.summaryAt(120_000, DEFAULT_LIMITS);
    expect(read).toBeLessThanOrEqual(3);
  });

  it('is asked one question at a time, and goes on after one that failed', async () => {
    let isDown = true;
    const history = new History(ADW, async after => {
      if (isDown) throw new Error('down');
      return events.slice(0, 10).filter(({ seq }) => seq > after);
    });
    await expect(history.summaryAt(4, DEFAULT_LIMITS)).rejects.toThrow('down');
    isDown = false;
    const [late, early] = await Promise.all([20, 4].map(seq => history.summaryAt(seq, DEFAULT_LIMITS)));
    expect([late?.last_seq, early?.last_seq]).toEqual([20, 4]);
  });

  it('stalls nothing whose silence no time tells, as where a copy dated one role hours after another', async () => {
    const line = (agent_role: string, seq: number, hour: number): FoldEvent => ({
      type: 'text_block',
      seq,
      data: {
        ...{ event_id: `e${seq}`, agent_role, attempt: 1, content: 'said', timing: 'estimated' },
        timestamp: new Date(START_MS + hour * 3_600_000).toISOString(),
      },
    });
    const copied = [line('planner', 1, 10), line('builder', 2, 0)];
    const history = new History(ADW, async after => copied.filter(({ seq }) => seq > after));
    expect(await history.summaryAt(2, DEFAULT_LIMITS)).toMatchObject({ status: 'running' });
  });
});
