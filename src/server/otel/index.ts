import type { Logger } from '../../base/log.ts';
import type { RunState } from '../../event/run-state.ts';
import { openEncoder, type ToldFigure } from '../../otel/encode.ts';
import type { OtlpSettings } from '../../otel/settings.ts';
import type { Store } from '../store/store.ts';
import { sendMetrics } from './metrics.ts';
import { sendTraces } from './traces.ts';

/** What is asked about the runs of the log. */
export interface RunsOfLog {
  /** Resolves when the others can be asked. */
  readonly ready: Promise<void>;
  heads(): readonly { readonly adwId: string; readonly lastSeq: number }[];
  ended(adwId: string): RunState | undefined;
}

/** What {@link openOtlp} takes. */
export interface OtlpParts {
  readonly settings: OtlpSettings | undefined;
  readonly store: Store;
  readonly states: RunsOfLog;
  /** Figures about the runs, as `/metrics` has them. */
  readonly figures: () => readonly ToldFigure[];
  readonly log: Logger;
}

/**
 * The job of sending traces and metrics of the log's runs, for one server of the log; undefined where none are to be sent.
 * @throws AdwStreamError invalid_option where OpenTelemetry's encoder is not installed: at the start, not with the first span
 */
export async function openOtlp(parts: OtlpParts): Promise<((signal: AbortSignal) => Promise<void>) | undefined> {
  const { settings, store, states, figures, log } = parts;
  if (settings === undefined) return undefined;
  const { traces, metrics, metricsEveryMs: everyMs, resource, content } = settings;
  const first = traces ?? metrics;
  if (first === undefined) return undefined;
  await openEncoder(first.protocol, resource);
  const { ready } = states;
  const ended = (adwId: string) => states.ended(adwId);
  const runs = () => states.heads();
  return async outer => {
    // What fails ends both: the job is begun again as a whole.
    const failed = new AbortController();
    const signal = AbortSignal.any([outer, failed.signal]);
    const jobs = [
      traces && sendTraces({ store, target: traces, resource, content, ready, ended, runs, log }, signal),
      metrics && ready.then(() => sendMetrics({ target: metrics, resource, everyMs, figures, log }, signal)),
      traces === undefined ? untilAborted(signal) : undefined,
    ];
    try {
      await Promise.all(jobs);
    } finally {
      failed.abort();
      await Promise.allSettled(jobs);
    }
  };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
