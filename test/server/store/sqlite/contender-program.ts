import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { systemCode } from '../../../../src/base/errors.ts';
import { openStore } from './opener.ts';

/**
 * `contender-program.ts place`, in a thread: opens a store that another process has, without its lock file, without its head too, and with
 * what these two attempts left; then says what each came to.
 */
const place = process.argv[2]!;
const outcomes: unknown[] = [];
for (const files of [['lock.db'], ['lock.db', 'head'], []]) {
  for (const file of files) await rm(join(place, file), { force: true });
  outcomes.push(await openStore(place).then(() => 'opened', systemCode));
}
parentPort?.postMessage(outcomes);
