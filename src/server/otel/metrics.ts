import { sleep, systemClock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { openEncoder, type ToldFigure } from '../../otel/encode.ts';
import { type OtlpAnswer, sendOnce } from '../../otel/send.ts';
import type { OtlpTarget } from '../../otel/settings.ts';
import type { Attributes } from '../../otel/span.ts';

/** What {@link sendMetrics} takes. */
export interface MetricsOptions {
  readonly target: OtlpTarget;
  readonly resource: Attributes;
  /** ms between two times that they are sent. */
  readonly everyMs: number;
  /** The figures about runs, as they are now. */
  readonly figures: () => readonly ToldFigure[];
  readonly log: Logger;
}

/**
 * Sends the figures about the log's runs again and again, until the signal aborts, or until the collector says that it takes no
 * metrics, as Langfuse and Phoenix do. What it does not take in passing is not sent later: the next ones say more.
 */
export async function sendMetrics(
  { target, resource, everyMs, figures, log }: MetricsOptions,
  signal: AbortSignal,
): Promise<void> {
  const encoder = await openEncoder(target.protocol, resource);
  let isLate = false;
  for (;;) {
    await sleep(everyMs, signal);
    if (signal.aborted) return;
    const answer = await sendOnce(encoder.metrics(figures(), systemClock.now()), target, encoder, signal);
    if (signal.aborted) return;
    const reason = refusalIn(answer);
    if (reason !== undefined) {
      log.report('otlp_metrics_stopped', { reason });
      return;
    }
    if (answer.kind === 'later' && !isLate) {
      log.report('otlp_unavailable', { signal: 'metrics', reason: answer.reason });
    }
    if (answer.kind === 'taken' && isLate) log.report('otlp_recovered', { signal: 'metrics' });
    isLate = answer.kind === 'later';
  }
}

/** Why the collector takes no metrics at all; undefined where it does, or may later. */
function refusalIn(answer: OtlpAnswer): string | undefined {
  const isFinal = answer.kind === 'refused' || (answer.kind === 'later' && answer.isSettled);
  return isFinal ? answer.reason : undefined;
}
