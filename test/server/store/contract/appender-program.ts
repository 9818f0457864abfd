import { writeSync } from 'node:fs';
import type { Store } from '../../../../src/server/store/store.ts';
import { aUnitEntry } from './entries.ts';

/**
 * `appender-program.ts module place`: opens `place` with the module's `openStore`, appends without end and writes down what
 * was acknowledged, until it is killed. Several appends wait at any moment, so that the kill falls into group commits.
 */
const [module, place] = process.argv.slice(2) as [string, string];
const { openStore } = (await import(module)) as { openStore: (place: string) => Promise<Store> };
const store = await openStore(place);
const waiting: Promise<void>[] = [];
for (let unit = 0; ; unit += 1) {
  const entry = aUnitEntry({ offset: unit * 10, end: unit * 10 + 10, typed: 1 });
  const ids = entry.kind === 'unit' ? entry.events.map(event => event.eventId) : [];
  waiting.push(store.append([entry]).then(() => void writeSync(1, `${JSON.stringify(ids)}\n`)));
  if (waiting.length >= 8) await waiting.shift();
}
