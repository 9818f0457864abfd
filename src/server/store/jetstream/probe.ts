import { JetStreamApiCodes, jetstreamManager } from '@nats-io/jetstream';
import { connect, errors, type NatsConnection } from '@nats-io/transport-node';
import { AdwStreamError, messageOf, systemCode } from '../../../base/errors.ts';
import { connectionOptions } from './connect.ts';
import { apiCode } from './failure.ts';
import { type NatsOptions, STREAM_DEFAULT } from './options.ts';
import { findStream, isOlder, REPLICATES_FROM } from './stream.ts';
import { subjectsOf } from './subject.ts';

/** How far {@link probeNats} came. `why` never holds a credential. */
export type NatsProbe =
  | { readonly outcome: 'refused'; readonly why: string }
  /** The credentials were neither accepted nor refused: TLS, or a server that fails. */
  | { readonly outcome: 'failed'; readonly why: string }
  | LogProbe;

/** What became of the log, once let in. */
export type LogProbe =
  /** `forbidden`: without the right to use JetStream. `unfit`: `serve` would refuse the log that is there. */
  | { readonly outcome: 'disabled' | 'forbidden' | 'unavailable' | 'unfit'; readonly why: string }
  | {
      readonly outcome: 'fit';
      /** Copies that the log has; absent: there is none yet. */
      readonly replicas?: number;
      /** The version that replicas need, where the server is older. */
      readonly replicatesFrom?: string;
    };

/** What {@link probeNats} tries: one server of those that are configured. */
export interface ProbeOptions extends NatsOptions {
  /** `host:port` of the one. */
  readonly place: string;
  /** ms that connecting may take, and then asking for the log. */
  readonly timeoutMs: number;
}

/**
 * Connects to one server as the store would, once, looks whether it could keep the log, and leaves. Changes nothing.
 * @throws AdwStreamError `invalid_option` for a credentials file that cannot be read
 */
export async function probeNats({ place, timeoutMs, ...options }: ProbeOptions): Promise<NatsProbe> {
  const common = await connectionOptions(options);
  const once = { reconnect: false, ignoreClusterUpdates: true } as const;
  try {
    const connection = await connect({ ...common, ...once, servers: place, timeout: timeoutMs });
    try {
      return await probeLog(connection, options, timeoutMs);
    } finally {
      await connection.close();
    }
  } catch (error) {
    const isRefused =
      error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError;
    // OpenSSL's messages are addresses and source lines; its codes are words.
    return { outcome: isRefused ? 'refused' : 'failed', why: systemCode(error) ?? messageOf(error) };
  }
}

async function probeLog(
  connection: NatsConnection,
  { stream: name = STREAM_DEFAULT, replicas }: NatsOptions,
  timeout: number,
): Promise<LogProbe> {
  const version = connection.info?.version ?? '';
  try {
    const jsm = await jetstreamManager(connection, { timeout, checkAPI: false });
    const found = await findStream(jsm, { name, subjects: subjectsOf(name), replicas, version });
    return {
      outcome: 'fit',
      ...(found === undefined ? {} : { replicas: found.config.num_replicas }),
      ...(isOlder(version, REPLICATES_FROM) ? { replicatesFrom: REPLICATES_FROM.join('.') } : {}),
    };
  } catch (error) {
    const why = messageOf(error);
    if (error instanceof AdwStreamError) return { outcome: 'unfit', why };
    if (isDisabled(error)) return { outcome: 'disabled', why };
    return { outcome: error instanceof errors.RequestError && isForbidden(error) ? 'forbidden' : 'unavailable', why };
  }
}

/** JetStream off in the whole server, or in the account of this user. */
function isDisabled(error: unknown): boolean {
  const isOff = error instanceof Error && error.name === 'JetStreamNotEnabled';
  return isOff || apiCode(error) === JetStreamApiCodes.JetStreamNotEnabledForAccount;
}

function isForbidden({ cause }: Error): boolean {
  return cause instanceof errors.PermissionViolationError;
}
