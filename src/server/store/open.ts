import { AdwStreamError } from '../../base/errors.ts';
import type { ServerOptions } from '../options.ts';
import type { Store } from './store.ts';

/**
 * Opens the store that `--store` names; its code is loaded only then.
 * @throws AdwStreamError invalid_option for a name that is none, and what opening throws
 */
export async function openStore({ store, dataDir, log }: ServerOptions): Promise<Store> {
  if (store !== 'sqlite') throw new AdwStreamError('invalid_option', `"${store}" names no store.`);
  const { openSqliteStore } = await import('./sqlite/index.ts');
  return openSqliteStore({ dataDir, log });
}
