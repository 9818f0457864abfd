import { silentLogger } from '../../../../src/base/log.ts';
import { openSqliteStore } from '../../../../src/server/store/sqlite/index.ts';
import type { OpenStore } from '../contract.ts';

/** What the conformance suite opens: the store of a directory, as the server opens it. */
export const openStore: OpenStore = place => openSqliteStore({ dataDir: place, log: silentLogger });
