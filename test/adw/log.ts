import { applyEvent, type FoldEvent, initialState, summarize } from '../../src/adw/fold.ts';
import type { JudgementLimits } from '../../src/adw/silence.ts';
import type { AdwState } from '../../src/adw/state.ts';
import type { AdwSummary } from '../../src/adw/summary-shape.ts';

/** When the first event of {@link log} happened, ms. */
export const START = Date.parse('2026-01-01T12:00:00Z');
/** A minute for both. */
export const LIMITS: JudgementLimits = { stallTimeoutMs: 60_000, settleMs: 60_000 };
/** ms after the last event at which a run is over that has been quiet since. */
export const SETTLED = LIMITS.settleMs + 1;

/** Events one second apart, each given as its type and its fields. Their ids are e1, e2, … */
export function log(...events: [string, Record<string, unknown>][]): FoldEvent[] {
  return events.map(([type, data], index) => ({
    type,
    seq: index + 1,
    data: {
      adw_id: 'a1b2c3d4',
      event_id: `e${index + 1}`,
      timestamp: new Date(START + index * 1000).toISOString(),
      ...data,
    },
  }));
}

/** The state after these events. */
export function fold(events: readonly FoldEvent[]): AdwState {
  return events.reduce(applyEvent, initialState('a1b2c3d4'));
}

/** The summary right after the last event, or `afterMs` later. */
export function summaryOf(events: readonly FoldEvent[], afterMs = 0): AdwSummary {
  const state = fold(events);
  return summarize(state, (state.newest.ms ?? START) + afterMs, LIMITS);
}
