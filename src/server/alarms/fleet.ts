import type { AdwSummary, PhaseSummary } from '../../adw/summary-shape.ts';

/** What is remembered of each run for rules that look at several. */
interface RunFacts {
  readonly workflow: string | null;
  /** The UTC day on which it began; null where that is not known. */
  readonly day: string | null;
  readonly costUsd: number;
  readonly firstAt: string | null;
  /** ms that its completed phases took, where that was written or seen. */
  readonly phases: ReadonlyMap<string, number>;
}

/** The runs of a log, as far as rules compare them. */
export class Fleet {
  readonly #runs = new Map<string, RunFacts>();

  /** Takes what a run's newest summary says. */
  note({ adw_id, workflow, totals, phases, first_event_at, last_known_at }: AdwSummary): void {
    this.#runs.set(adw_id, {
      workflow,
      day: last_known_at === null ? null : dayOf(first_event_at),
      costUsd: totals.cost_usd ?? 0,
      firstAt: first_event_at,
      phases: new Map(
        phases.flatMap(phase => {
          const took = phase.status === 'completed' ? knownDuration(phase) : null;
          return took === null ? [] : [[phase.name, took] as const];
        }),
      ),
    });
  }

  /** Forgets a run that the log does not hold any more. */
  forget(adwId: string): void {
    this.#runs.delete(adwId);
  }

  /** US dollars that the runs have cost that began on a UTC day, `2026-01-31`. */
  spentOn(day: string): number {
    return [...this.#runs.values()].reduce((sum, run) => sum + (run.day === day ? run.costUsd : 0), 0);
  }

  /**
   * The median of what a phase took in runs of the same workflow that began before this one, ms.
   * @returns undefined where there are fewer than `runsMin`
   */
  medianOf({ adw_id, workflow, first_event_at }: AdwSummary, phase: string, runsMin: number): number | undefined {
    if (workflow === null || first_event_at === null) return undefined;
    const durations = [...this.#runs]
      .filter(([id, run]) => id !== adw_id && run.workflow === workflow && (run.firstAt ?? '~') < first_event_at)
      .flatMap(([, run]) => run.phases.get(phase) ?? [])
      .toSorted((a, b) => a - b);
    if (durations.length < runsMin) return undefined;
    const [below = 0, above = 0] = [durations[(durations.length - 1) >> 1], durations[durations.length >> 1]];
    return (below + above) / 2;
  }
}

/** How long a phase took or has taken, ms; null where its times are guessed. */
export function knownDuration({ duration_ms, duration_estimated }: PhaseSummary): number | null {
  return duration_estimated ? null : duration_ms;
}

/** The UTC day of a timestamp. */
export function dayOf(timestamp: string | null): string | null {
  return timestamp === null ? null : timestamp.slice(0, 10);
}
