import { JetStreamApiCodes, type JetStreamManager, type StreamConfig, type StreamInfo } from '@nats-io/jetstream';
import { sleep } from '../../../base/clock.ts';
import { AdwStreamError } from '../../../base/errors.ts';
import { shortHash } from '../../../event/id.ts';
import { apiCode, storeError } from './failure.ts';
import type { Subjects } from './subject.ts';

/** What the stream's description begins with; the number is that of the layout of its messages. */
const DESCRIPTION = 'adw-stream log, layout 1';
/** ns for which the stream remembers which commit has a successor: far longer than two of them can be under way. */
const DUPLICATE_WINDOW_NS = 120e9;
/** ms that a forming cluster is waited for. */
const FORMING_MS_MAX = 15_000;
const RETRY_MS = 250;

/** What {@link ensureStream} takes. */
export interface EnsureStreamOptions {
  readonly name: string;
  readonly subjects: Subjects;
  readonly replicas: number | undefined;
}

/**
 * The log's stream: the one that exists, if it fits, else a new one. A cluster that is still electing is waited for.
 * @throws AdwStreamError `invalid_option` for a stream that does not fit, `store_unavailable`
 */
export async function ensureStream(jsm: JetStreamManager, options: EnsureStreamOptions): Promise<StreamInfo> {
  const giveUpAt = Date.now() + FORMING_MS_MAX;
  for (;;) {
    try {
      const info = (await existing(jsm, options.name)) ?? (await create(jsm, options));
      requireFit(info.config, options);
      return info;
    } catch (error) {
      if (error instanceof AdwStreamError || Date.now() >= giveUpAt) throw storeError(error, 'open the log');
      await sleep(RETRY_MS);
    }
  }
}

/** Names the log for as long as the stream lives: a stream that was deleted and made again is another log. */
export function epochOf(info: StreamInfo): string {
  return shortHash(`${info.config.name}\0${info.created}`);
}

async function existing(jsm: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await jsm.streams.info(name);
  } catch (error) {
    if (apiCode(error) === JetStreamApiCodes.StreamNotFound) return undefined;
    throw error;
  }
}

/** Two nodes that create it at the same time ask for the same, so both get the same stream. */
function create(jsm: JetStreamManager, { name, subjects, replicas }: EnsureStreamOptions): Promise<StreamInfo> {
  return jsm.streams.add({
    name,
    description: DESCRIPTION,
    subjects: [subjects.all],
    retention: 'limits',
    storage: 'file',
    // A full log refuses; it does not forget the beginning of what still runs.
    discard: 'new',
    duplicate_window: DUPLICATE_WINDOW_NS,
    num_replicas: replicas ?? 1,
    allow_direct: true,
  });
}

/** Refuses a stream that is not our log, or that would lose what the log promises to keep. */
function requireFit(config: StreamConfig, { name, subjects, replicas }: EnsureStreamOptions): void {
  const refuse = (why: string): never => {
    throw new AdwStreamError('invalid_option', `The stream "${name}" ${why}`);
  };
  if (config.description !== DESCRIPTION) {
    refuse(`exists and is no log of this version of adw-stream. Name another with --store-stream.`);
  }
  if (config.subjects?.join() !== subjects.all) refuse(`takes ${config.subjects?.join()} and not ${subjects.all}.`);
  if (config.retention !== 'limits' || config.storage !== 'file') refuse('keeps its messages in memory or until read.');
  if (config.duplicate_window < DUPLICATE_WINDOW_NS) refuse('forgets message ids in less than two minutes.');
  const loses = config.max_age > 0 || config.max_msgs > 0 || config.max_msgs_per_subject > 0;
  if (loses || (config.max_bytes > 0 && config.discard !== 'new')) {
    refuse('has limits that drop old messages one by one, and positions with them. Use --retain-days, --retain-bytes.');
  }
  if (replicas !== undefined && config.num_replicas !== replicas) {
    refuse(`has ${config.num_replicas} replicas, not ${replicas}. Change it with: nats stream edit ${name}`);
  }
}
