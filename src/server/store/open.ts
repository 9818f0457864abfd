import { AdwStreamError, systemCode } from '../../base/errors.ts';
import { hideUserInfo } from '../../base/user-info.ts';
import type { ServerOptions } from '../options.ts';
import type { Store } from './store.ts';

/** The part of a server's options that its store is made of. */
export type StoreChoice = Pick<ServerOptions, 'store' | 'dataDir' | 'jetstream' | 'onLogLost' | 'log'>;

/**
 * Opens the store that `--store` names; the code of the other one is not even loaded.
 * @throws AdwStreamError invalid_option for a name that is neither, and what opening throws
 */
export async function openStore({ store, dataDir, jetstream, onLogLost, log }: StoreChoice): Promise<Store> {
  if (store === 'sqlite') {
    const { openSqliteStore } = await import('./sqlite/index.ts');
    return openSqliteStore({ dataDir, log });
  }
  const servers = natsServersOf(store);
  const { openJetStreamStore } = await needingNats(import('./jetstream/open.ts'));
  return openJetStreamStore({ ...jetstream, servers, log, ...(onLogLost && { onLost: onLogLost }) });
}

/** The servers in a `--store`; none for SQLite. @throws AdwStreamError invalid_option for a name that is neither */
export function natsServersOf(store: string): string[] {
  if (store === 'sqlite') return [];
  const servers = store.split(',').map(server => server.trim());
  if (servers.every(server => /^(?:nats|tls):\/\/\S+$/.test(server))) return servers;
  const given = hideUserInfo(store);
  throw new AdwStreamError('invalid_option', `"${given}" is neither sqlite nor nats:// URLs separated by commas.`);
}

/** Code that needs the NATS client, which is optional. @throws AdwStreamError invalid_option where it is not installed */
export async function needingNats<Module>(code: Promise<Module>): Promise<Module> {
  return code.catch((error: unknown) => {
    if (systemCode(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new AdwStreamError('invalid_option', 'The NATS client is not installed: npm install --include=optional');
  });
}
