import type { Logger } from '../../base/log.ts';

/** What is refused before a route sees it. */
export type RefusalKind = 'wrong token' | 'foreign name' | 'foreign page' | 'flood' | 'flood of messages';

/** ms between two lines about one kind: a flood of refusals must not become a flood of lines. */
const QUIET_MS = 60_000;

/** Counts what is refused, and warns of it: of the first of a kind at once, of those of the next minute together. */
export interface RefusalLog {
  /** @param address of the caller */
  note(kind: RefusalKind, address: string): void;
  close(): void;
}

/** Makes one. */
export function createRefusalLog(log: Logger): RefusalLog {
  const counted = new Map<RefusalKind, { count: number; address: string }>();
  const timers = new Map<RefusalKind, NodeJS.Timeout>();

  function tellMore(kind: RefusalKind): void {
    timers.delete(kind);
    const more = counted.get(kind);
    counted.delete(kind);
    if (more === undefined) return;
    log.report('requests_refused', { kind, count: more.count, client: more.address });
    keepQuiet(kind);
  }

  function keepQuiet(kind: RefusalKind): void {
    timers.set(kind, setTimeout(tellMore, QUIET_MS, kind).unref());
  }

  return {
    note(kind, address) {
      log.report('refusal', { kind, client: address });
      if (timers.has(kind)) {
        counted.set(kind, { count: (counted.get(kind)?.count ?? 0) + 1, address });
        return;
      }
      log.report('request_refused', { kind, client: address });
      keepQuiet(kind);
    },
    close() {
      for (const [kind, timer] of timers) {
        clearTimeout(timer);
        const more = counted.get(kind);
        if (more !== undefined) log.report('requests_refused', { kind, count: more.count, client: more.address });
      }
      timers.clear();
    },
  };
}
