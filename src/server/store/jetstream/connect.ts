import { readFile } from 'node:fs/promises';
import { type ConnectionOptions, connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { AdwStreamError, messageOf } from '../../../base/errors.ts';
import { type JetStreamOptions, type NatsOptions, REQUEST_TIMEOUT_MS } from './options.ts';
import { parseServers } from './servers.ts';

/** Connects to the first server that answers. @throws AdwStreamError `server_unreachable`, `invalid_option` */
export async function connectNats(options: JetStreamOptions): Promise<NatsConnection> {
  const { places } = parseServers(options.servers);
  try {
    return await connect({
      ...(await connectionOptions(options)),
      servers: places,
      timeout: REQUEST_TIMEOUT_MS,
      // Once it was up it comes back, however long that takes.
      maxReconnectAttempts: -1,
      reconnectTimeWait: 200,
      reconnectJitter: 200,
      // A cut network says nothing: two silent pings, and the connection counts as dead.
      pingInterval: 3_000,
      maxPingOut: 2,
    });
  } catch (error) {
    if (error instanceof AdwStreamError) throw error;
    throw new AdwStreamError(
      'store_unavailable',
      `Cannot connect to NATS at ${places.join(', ')}: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

/** The user that the store connects as, and how it encrypts. @throws AdwStreamError `invalid_option` for URLs or a credentials file that cannot be read */
export async function connectionOptions(options: NatsOptions): Promise<ConnectionOptions> {
  const { user, password, token, encrypted } = parseServers(options.servers);
  return {
    name: 'adw-stream',
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { pass: password }),
    ...(token === undefined ? {} : { token }),
    ...(await authentication(options)),
    ...(encrypted || options.tls !== undefined ? { tls: { ...options.tls } } : {}),
  };
}

async function authentication({ credsFile, user, password, token }: NatsOptions): Promise<ConnectionOptions> {
  if (credsFile !== undefined) {
    const creds = await readFile(credsFile).catch((error: unknown) => {
      throw new AdwStreamError('invalid_option', `Cannot read the credentials in ${credsFile}: ${messageOf(error)}`);
    });
    return { authenticator: credsAuthenticator(creds) };
  }
  if (token !== undefined) return { token };
  if (user === undefined) return {};
  return { user, ...(password === undefined ? {} : { pass: password }) };
}
