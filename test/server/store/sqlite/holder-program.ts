import { writeSync } from 'node:fs';
import { anEventEntry } from '../contract/entries.ts';
import { openStore } from './opener.ts';

/** `holder-program.ts place`: opens a store, appends one event, says its epoch, and keeps the store until it is killed. */
const store = await openStore(process.argv[2]!);
await store.append([anEventEntry({ id: `held-${process.pid}` })]);
writeSync(1, `${store.epoch}\n`);
await new Promise(resolve => setTimeout(resolve, 600_000));
