import type { ServerOptions } from '../options.ts';
import type { Store } from './store.ts';

/** Opens the store that the options name; the code of the other is not even loaded. */
export async function openStore({ store, dataDir, log }: ServerOptions): Promise<Store> {
  if (store === 'sqlite') {
    const { openSqliteStore } = await import('./sqlite/index.ts');
    return openSqliteStore({ dataDir, log });
  }
  throw new Error(`no store ${store}`);
}
