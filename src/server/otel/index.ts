import type { Logger } from '../../base/log.ts';
import type { RunState } from '../../event/run-state.ts';
import { openEncoder } from '../../otel/encode.ts';
import type { OtlpSettings } from '../../otel/settings.ts';
import type { Store } from '../store/store.ts';
import { sendTraces } from './traces.ts';

/** What is asked about the runs of the log. */
export interface RunsOfLog {
  /** Resolves when the others can be asked. */
  readonly ready: Promise<void>;
  heads(): readonly { readonly adwId: string; readonly lastSeq: number }[];
  ended(adwId: string): RunState | undefined;
}

/** What {@link openTraces} takes. */
export interface TraceParts {
  readonly settings: OtlpSettings | undefined;
  readonly store: Store;
  readonly states: RunsOfLog;
  readonly log: Logger;
}

/**
 * The job of sending traces of the log's runs, for one server of the log; undefined where none are to be sent.
 * @throws AdwStreamError invalid_option where OpenTelemetry's encoder is not installed: at the start, not with the first span
 */
export async function openTraces(parts: TraceParts): Promise<((signal: AbortSignal) => Promise<void>) | undefined> {
  const { settings, store, states, log } = parts;
  if (settings?.traces === undefined) return undefined;
  const { traces: target, resource, content } = settings;
  await openEncoder(target.protocol, resource);
  const { ready } = states;
  const ended = (adwId: string) => states.ended(adwId);
  const runs = () => states.heads();
  return signal => sendTraces({ store, target, resource, content, ready, ended, runs, log }, signal);
}
