import type { Logger } from '../../base/log.ts';
import type { RefusalKind, RefusalTally } from '../../base/refusal.ts';

/** ms between two lines about one kind: a flood of refusals must not become a flood of lines. */
const QUIET_MS = 60_000;

/**
 * Counted without a warning: a page that is open when its session ends, a browser's own question for an icon, a monitor.
 * A stranger without a token learns nothing; one that guesses has a wrong token, of which a line warns.
 */
const USUAL: ReadonlySet<RefusalKind> = new Set(['no token']);

/** Counts what is refused, and warns of it: of the first of a kind at once, of those of the next minute together. */
export interface RefusalLog extends RefusalTally {
  /** Tells what has not been told yet. */
  close(): void;
}

/** Makes one. */
export function createRefusalLog(log: Logger): RefusalLog {
  const counted = new Map<RefusalKind, { count: number; client: string | null | undefined }>();
  const timers = new Map<RefusalKind, NodeJS.Timeout>();

  function tellMore(kind: RefusalKind): void {
    timers.delete(kind);
    const more = counted.get(kind);
    counted.delete(kind);
    if (more === undefined) return;
    log.report('requests_refused', { kind, ...more });
    keepQuiet(kind);
  }

  function keepQuiet(kind: RefusalKind): void {
    timers.set(kind, setTimeout(tellMore, QUIET_MS, kind).unref());
  }

  return {
    note(kind, client) {
      log.report('refusal', { kind, client });
      if (USUAL.has(kind)) return;
      if (timers.has(kind)) {
        counted.set(kind, { count: (counted.get(kind)?.count ?? 0) + 1, client });
        return;
      }
      log.report('request_refused', { kind, client });
      keepQuiet(kind);
    },
    close() {
      for (const [kind, timer] of timers) {
        clearTimeout(timer);
        const more = counted.get(kind);
        if (more !== undefined) log.report('requests_refused', { kind, ...more });
      }
      timers.clear();
    },
  };
}
