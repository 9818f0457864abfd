import { messageOf } from '../../../base/errors.ts';
import type { Logger } from '../../../base/log.ts';
import type { TailedEvent } from '../store.ts';

type Listener = (events: readonly TailedEvent[]) => void;

/** The listeners that are told of each commit. */
export interface Tails {
  add(listener: Listener): () => void;
  emit(events: readonly TailedEvent[]): void;
}

/** Without listeners at first. One that throws is reported, and harms neither the log nor the others. */
export function openTails(log: Logger): Tails {
  const listeners = new Set<{ readonly call: Listener }>();
  return {
    add(call) {
      const listener = { call };
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    emit(events) {
      for (const { call } of listeners) {
        try {
          call(events);
        } catch (error) {
          log.report('log_reader_failed', { error: messageOf(error) });
        }
      }
    },
  };
}
