import { writeSync } from 'node:fs';
import type { Store } from '../../../../src/server/store/store.ts';
import { aUnitEntry } from './entries.ts';

/**
 * Appends without end and writes down what was acknowledged, until it is killed. Several appends wait at any moment, so
 * that the kill falls into the middle of group commits.
 * @param module file of a module that exports `openStore`
 * @param place what to open with it
 */
export async function main([module, place]: readonly string[]): Promise<void> {
  const { openStore } = (await import(module!)) as { openStore: (place: string) => Promise<Store> };
  const store = await openStore(place!);
  const waiting: Promise<void>[] = [];
  for (let unit = 0; ; unit += 1) {
    const entry = aUnitEntry({ offset: unit * 10, end: unit * 10 + 10, typed: 1 });
    if (entry.kind !== 'unit') return;
    const ids = entry.events.map(event => event.eventId);
    waiting.push(store.append([entry]).then(() => void writeSync(1, `${JSON.stringify(ids)}\n`)));
    if (waiting.length >= 8) await waiting.shift();
  }
}
