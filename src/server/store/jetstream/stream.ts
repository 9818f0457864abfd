import { randomUUID } from 'node:crypto';
import { JetStreamApiCodes, type JetStreamManager, type StreamConfig, type StreamInfo } from '@nats-io/jetstream';
import { AdwStreamError } from '../../../base/errors.ts';
import { apiCode } from './failure.ts';
import type { Subjects } from './subject.ts';

/** What the stream's description begins with; the number is that of the layout of its messages. */
const DESCRIPTION = 'adw-stream log, layout 2';
/** In the metadata of a log's stream: which one it is, from its making to its end. */
const ID_KEY = 'adw-stream-id';
/** The first nats-server that keeps metadata; an older one refuses them. */
const METADATA_FROM = [2, 10, 0] as const;
/** JetStream's code for a stream of the same name and other settings. */
const STREAM_NAME_EXISTS = 10_058;
/**
 * The oldest nats-server that may replicate the log, and what Debian 13 has. A 2.9.10 loses what it acknowledged: when the
 * leader of a stream changes, the old one keeps what only it had (raft.go: truncateWAL leaves the entry at which terms
 * part), stores it under the numbers of other messages, and hands that out; docs/scaling.md has the experiment.
 */
export const REPLICATES_FROM = [2, 10, 27] as const;

/** The log that {@link findStream} looks for. */
export interface FindStreamOptions {
  readonly name: string;
  readonly subjects: Subjects;
  readonly replicas: number | undefined;
  /** Version of the nats-server, as it says. */
  readonly version: string;
}

/** What {@link ensureStream} takes. */
export interface EnsureStreamOptions extends FindStreamOptions {
  /** Makes the buckets beside a new log, before it: a node that finds a log finds them, without asking whether they have a leader. */
  readonly makeBuckets: (copies: { readonly replicas: number }) => Promise<void>;
}

/**
 * The log's stream: the one that exists, if it fits, else a new one.
 * @throws AdwStreamError `invalid_option` for a stream that does not fit, or servers too old to replicate it
 */
export async function ensureStream(jsm: JetStreamManager, options: EnsureStreamOptions): Promise<StreamInfo> {
  const found = await findStream(jsm, options);
  if (found !== undefined) return found;
  await options.makeBuckets({ replicas: options.replicas ?? 1 });
  const made = (await create(jsm, options)) ?? (await jsm.streams.info(options.name));
  requireFit(made.config, options);
  return made;
}

/**
 * The stream that exists, or undefined where one would be made. Changes nothing.
 * @throws AdwStreamError `invalid_option` for a stream that does not fit, or servers too old to replicate it
 */
export async function findStream(jsm: JetStreamManager, options: FindStreamOptions): Promise<StreamInfo | undefined> {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(options.name)) {
    throw new AdwStreamError('invalid_option', `"${options.name}" cannot name a stream: use letters, digits, - and _.`);
  }
  const found = await existing(jsm, options.name);
  const replicas = found?.config.num_replicas ?? options.replicas ?? 1;
  if (replicas > 1 && isOlder(options.version, REPLICATES_FROM)) {
    throw new AdwStreamError(
      'invalid_option',
      `nats-server ${options.version} can lose what it acknowledged when a stream with ${replicas} replicas changes its ` +
        `leader. Use ${REPLICATES_FROM.join('.')} or newer, or one server without replicas.`,
    );
  }
  if (found !== undefined) requireFit(found.config, options);
  return found;
}

/** Whether a version such as `2.9.10` comes before another one. */
export function isOlder(version: string, than: readonly number[]): boolean {
  const numbers = version.split(/[.-]/).map(Number);
  const at = than.findIndex((number, index) => number !== numbers[index]);
  return at >= 0 && !((numbers[at] ?? 0) > than[at]!);
}

async function existing(jsm: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await jsm.streams.info(name);
  } catch (error) {
    if (apiCode(error) === JetStreamApiCodes.StreamNotFound) return undefined;
    throw error;
  }
}

/**
 * Names a stream for as long as it exists: one that was deleted and made again is another. A nats-server before 2.10 keeps no
 * metadata: there it is the time when the stream was made. In a cluster that is no name: after a restart it differs between
 * the servers.
 */
export function streamId({ config, created }: StreamInfo): string {
  return config.metadata?.[ID_KEY] ?? created;
}

/** Undefined where another node made it at the same time. */
async function create(
  jsm: JetStreamManager,
  { name, subjects, replicas, version }: FindStreamOptions,
): Promise<StreamInfo | undefined> {
  try {
    return await jsm.streams.add({
      name,
      description: DESCRIPTION,
      ...(isOlder(version, METADATA_FROM) ? {} : { metadata: { [ID_KEY]: randomUUID() } }),
      subjects: [subjects.all],
      retention: 'limits',
      storage: 'file',
      // A full log refuses; it does not forget the beginning of what still runs.
      discard: 'new',
      num_replicas: replicas ?? 1,
      allow_direct: true,
    });
  } catch (error) {
    if (apiCode(error) === STREAM_NAME_EXISTS) return undefined;
    throw error;
  }
}

/** Refuses a stream that is not our log, or that would lose what the log promises to keep. */
function requireFit(config: StreamConfig, { name, subjects, replicas }: FindStreamOptions): void {
  const refuse = (why: string): never => {
    throw new AdwStreamError('invalid_option', `The stream "${name}" ${why}`);
  };
  if (config.description !== DESCRIPTION) {
    refuse(`exists and is no log of this version of adw-stream. Name another with --store-stream.`);
  }
  if (config.subjects?.join() !== subjects.all) refuse(`takes ${config.subjects?.join()} and not ${subjects.all}.`);
  if (config.retention !== 'limits' || config.storage !== 'file') refuse('keeps its messages in memory or until read.');
  const loses = config.max_age > 0 || config.max_msgs > 0 || config.max_msgs_per_subject > 0;
  if (loses || (config.max_bytes > 0 && config.discard !== 'new')) {
    refuse('has limits that drop old messages one by one, and positions with them. Use --retain-days, --retain-bytes.');
  }
  if (replicas !== undefined && config.num_replicas !== replicas) {
    refuse(`has ${config.num_replicas} replicas, not ${replicas}. Change it with: nats stream edit ${name}`);
  }
}
