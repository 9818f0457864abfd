import { AdwStreamError } from '../../../base/errors.ts';
import { hideUserInfo } from '../../../base/user-info.ts';

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

/** `nats://` URLs as the client takes them, with the user information of the first that has some: a name alone is a token. */
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
