import { writeSync } from 'node:fs';
import { anEventEntry } from '../contract/entries.ts';
import { openStore } from './opener.ts';

/** `holder-program.ts place`: opens a store, appends one event, says so, and keeps the store until it is killed. */
const store = await openStore(process.argv[2]!);
await store.append([anEventEntry({ id: 'held' })]);
writeSync(1, 'ready\n');
await new Promise(resolve => setTimeout(resolve, 600_000));
