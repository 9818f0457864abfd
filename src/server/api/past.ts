import { setImmediate as nextTurn } from 'node:timers/promises';
import { History } from '../../adw/history.ts';
import type { JudgementLimits } from '../../adw/silence.ts';
import type { AdwSummary } from '../../adw/summary-shape.ts';
import { BoundedMap } from '../../base/bounded-map.ts';
import { PAGE_EVENTS_MAX } from '../../event/limits.ts';
import { ROW_TYPES } from '../../event/types.ts';
import type { Store } from '../store/store.ts';

/** Runs whose states of the past are at hand. Each has a few MB at most. */
const HISTORIES_MAX = 8;
/** Characters of events that are read at once. */
const PAGE_CHARS = 4 * 1024 * 1024;

/** How ADWs stood at earlier moments. */
export interface Past {
  /**
   * The summary as it was after the event `seq`, judged at the time of the newest event until then.
   * @throws AdwStreamError store_unavailable
   */
  summaryAt(adwId: string, seq: number): Promise<AdwSummary>;
}

/** Opens the past of the ADWs in a store; it is folded from the log as it is asked for. */
export function createPast(store: Pick<Store, 'read' | 'epoch'>, limits: JudgementLimits): Past {
  const histories = new BoundedMap<string, History>(HISTORIES_MAX);
  let { epoch } = store;
  return {
    summaryAt(adwId, seq) {
      // A log that was started anew gives the same seqs to other events.
      if (store.epoch !== epoch) histories.clear();
      epoch = store.epoch;
      const history = histories.get(adwId) ?? new History(adwId, after => readAfter(store, adwId, after));
      // The one that was asked for last is forgotten last.
      histories.delete(adwId);
      histories.set(adwId, history);
      return history.summaryAt(seq, limits);
    },
  };
}

async function readAfter(store: Pick<Store, 'read'>, adwId: string, after: number) {
  // A store may answer without leaving this turn of the event loop; sockets want theirs.
  await nextTurn();
  const page = await store.read({ adwId, after, limit: PAGE_EVENTS_MAX, charsMax: PAGE_CHARS, types: ROW_TYPES });
  return page.map(({ type, seq, dataJson }) => ({ type, seq, data: JSON.parse(dataJson) as Record<string, unknown> }));
}
