import { backoffMs } from '../base/backoff.ts';
import { sleep, steadyClock } from '../base/clock.ts';
import { AdwStreamError } from '../base/errors.ts';
import { hideUserInfo } from '../base/user-info.ts';
import type { RunState } from '../event/run-state.ts';
import type { ExportedEvent } from '../export/record.ts';
import { type OtlpEncoder, openEncoder } from '../otel/encode.ts';
import { type OtlpAnswer, sendOnce } from '../otel/send.ts';
import { type OtlpSettings, type OtlpTarget, otlpSettings } from '../otel/settings.ts';
import type { Span } from '../otel/span.ts';
import { RunTrace } from '../otel/spans/run.ts';
import type { Context } from './context.ts';

/** Spans of one request. */
const BATCH_SPANS_MAX = 512;
/** ms that a collector which does not answer is waited for, and the pauses between tries. */
const PATIENCE_MS = 30_000;
const BACKOFF = { baseMs: 500, maxMs: 5_000 };

/** The trace of a run on its way to a collector, beside the files that are made of the run. */
export class ExportedTrace {
  readonly #trace: RunTrace;
  readonly #target: OtlpTarget;
  readonly #encoder: OtlpEncoder;
  readonly #signal: AbortSignal;
  readonly #spans: Span[] = [];

  private constructor(trace: RunTrace, target: OtlpTarget, encoder: OtlpEncoder, signal: AbortSignal) {
    this.#trace = trace;
    this.#target = target;
    this.#encoder = encoder;
    this.#signal = signal;
  }

  /**
   * Undefined unless `--otlp` was given: an address in the environment or in the config file is for servers.
   * @throws AdwStreamError invalid_option for settings that cannot be, or where OpenTelemetry is not installed
   */
  static async open({ settings, origins, stop, io }: Context, adwId: string): Promise<ExportedTrace | undefined> {
    const { otlp: url, otlpContent: content } = settings;
    if (!origins.otlp.startsWith('flag')) return undefined;
    const found: OtlpSettings | undefined = otlpSettings({ url, content, env: io.env });
    if (found?.traces === undefined) {
      throw new AdwStreamError('invalid_option', 'OTEL_SDK_DISABLED or OTEL_TRACES_EXPORTER switches traces off.');
    }
    const encoder = await openEncoder(found.traces.protocol, found.resource);
    return new ExportedTrace(new RunTrace(adwId, { content }), found.traces, encoder, stop.signal);
  }

  add(events: readonly ExportedEvent[]): void {
    for (const event of events) this.#trace.apply(event);
    this.#spans.push(...this.#trace.take());
  }

  /**
   * Sends all spans of the run, which was judged to be `state`: what is open of one that goes on is incomplete.
   * @returns how many the collector took @throws AdwStreamError collector_unreachable, collector_refused
   */
  async send(state: RunState): Promise<number> {
    this.#trace.close(state);
    this.#spans.push(...this.#trace.take());
    let taken = 0;
    for (let at = 0; at < this.#spans.length && !this.#signal.aborted; at += BATCH_SPANS_MAX) {
      const batch = this.#spans.slice(at, at + BATCH_SPANS_MAX);
      taken += batch.length - (await this.#sendBatch(batch));
    }
    return taken;
  }

  /** @returns how many the collector left out */
  async #sendBatch(batch: readonly Span[]): Promise<number> {
    const body = this.#encoder.traces(batch);
    const url = hideUserInfo(this.#target.url);
    const giveUpAt = steadyClock.now() + PATIENCE_MS;
    for (let tries = 1; ; tries += 1) {
      const answer: OtlpAnswer = await sendOnce(body, this.#target, this.#encoder, this.#signal);
      if (answer.kind === 'taken') return answer.partial?.rejected ?? 0;
      if (answer.kind === 'refused' || answer.isSettled) {
        throw new AdwStreamError('collector_refused', `${url} does not take the spans: ${answer.reason}`);
      }
      const waitMs = Math.max(backoffMs(tries, BACKOFF), answer.afterMs ?? 0);
      if (this.#signal.aborted || steadyClock.now() + waitMs > giveUpAt) {
        throw new AdwStreamError('collector_unreachable', `${url} does not take the spans: ${answer.reason}`);
      }
      await sleep(waitMs, this.#signal);
    }
  }
}
