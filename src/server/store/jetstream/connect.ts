import { readFile } from 'node:fs/promises';
import { type ConnectionOptions, connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { AdwStreamError, messageOf } from '../../../base/errors.ts';
import { hideUserInfo } from '../../../base/user-info.ts';
import { type JetStreamOptions, REQUEST_TIMEOUT_MS } from './options.ts';

/** Connects to the first server that answers. @throws AdwStreamError `server_unreachable`, `invalid_option` */
export async function connectNats(options: JetStreamOptions): Promise<NatsConnection> {
  const { places, user, password, token, encrypted } = parseServers(options.servers);
  const names = places.join(', ');
  try {
    return await connect({
      servers: places,
      name: 'adw-stream',
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { pass: password }),
      ...(token === undefined ? {} : { token }),
      ...(await authentication(options)),
      ...(encrypted || options.tls !== undefined ? { tls: { ...options.tls } } : {}),
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
    throw new AdwStreamError('store_unavailable', `Cannot connect to NATS at ${names}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** What {@link parseServers} answers. */
export interface ParsedServers {
  /** `host:port`, each. */
  readonly places: string[];
  /** Whether one of them says `tls://`. */
  readonly encrypted: boolean;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
}

/** `nats://` URLs as the client takes them, with the user information of the first that names somebody: a name alone is a token. */
export function parseServers(servers: readonly string[]): ParsedServers {
  let encrypted = false;
  let found: Pick<ParsedServers, 'user' | 'password' | 'token'> = {};
  const places = servers.map(server => {
    const url = URL.canParse(server) ? new URL(server) : undefined;
    if (url === undefined || !['nats:', 'tls:'].includes(url.protocol) || url.hostname === '') {
      throw new AdwStreamError('invalid_option', `${JSON.stringify(hideUserInfo(server))} is not a nats:// URL.`);
    }
    if (url.username !== '' && Object.keys(found).length === 0) {
      const [name, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
      found = password === '' ? { token: name } : { user: name, password };
    }
    encrypted ||= url.protocol === 'tls:';
    return `${url.hostname}:${url.port || '4222'}`;
  });
  return { places, encrypted, ...found };
}

async function authentication({ credsFile, user, password, token }: JetStreamOptions): Promise<ConnectionOptions> {
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
