import { AdwStreamError, systemCode } from '../../base/errors.ts';
import { hideUserInfo } from '../../base/user-info.ts';
import type { ServerOptions } from '../options.ts';
import type { Store } from './store.ts';

/** The part of a server's options that its store is made of. */
export type StoreChoice = Pick<ServerOptions, 'store' | 'dataDir' | 'jetstream' | 'log'>;

/**
 * Opens the store that `--store` names; the code of the other one is not even loaded.
 * @throws AdwStreamError invalid_option for a name that is neither, and what opening throws
 */
export async function openStore({ store, dataDir, jetstream, log }: StoreChoice): Promise<Store> {
  if (store === 'sqlite') {
    const { openSqliteStore } = await import('./sqlite/index.ts');
    return openSqliteStore({ dataDir, log });
  }
  const servers = store.split(',').map(server => server.trim());
  if (!servers.every(server => /^(?:nats|tls):\/\/\S+$/.test(server))) {
    const given = hideUserInfo(store);
    throw new AdwStreamError('invalid_option', `"${given}" is neither sqlite nor nats:// URLs separated by commas.`);
  }
  const { openJetStreamStore } = await import('./jetstream/open.ts').catch((error: unknown) => {
    if (systemCode(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new AdwStreamError('invalid_option', 'The NATS client is not installed: npm install --include=optional');
  });
  return openJetStreamStore({ ...jetstream, servers, log });
}
