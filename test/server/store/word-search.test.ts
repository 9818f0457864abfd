import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GROUP_SEQS } from '../../../src/server/store/sqlite/search-groups.ts';
import type { Store } from '../../../src/server/store/store.ts';
import { until } from '../../support/until.ts';
import { anEventEntry, idsOf } from './contract/entries.ts';
import { openStore as openJetStream, removeStore } from './jetstream/open-store.ts';
import { openStore as openSqlite } from './sqlite/opener.ts';
import { waitingTexts } from './sqlite/waiting-texts.ts';

/** What is hard to take for a word or not: marks, case that changes length, private use, NUL, newer letters, half a character. */
const PIECES = ['a', 'B', 'é', 'e\u0301', 'ß', 'İ', 'Σ', 'ς', 'ﬁ', '世', 'が', 'हि', '𞤀', 'Ɤ', '²', '٣', '7', '🙂'];
const BETWEEN = [' ', '_', '.', '"', '*', '-', '\\', '\n', '\0', '—', '·', '\u200d', '\uE000', '\ud800', 'AND', '('];
const aText = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...PIECES) }, fc.constantFrom(...BETWEEN)), { maxLength: 12 })
  .map(pieces => pieces.join(''));

describe('SQLite and JetStream', () => {
  let places: string[] = [];
  let stores: Store[] = [];
  /** Full groups of the index, and some texts that wait for it. */
  const texts = fc.sample(aText, 500);

  beforeAll(async () => {
    places = await Promise.all([0, 1].map(() => mkdtemp(join(tmpdir(), 'adw-words-'))));
    const [one = '', other = ''] = places;
    stores = [await openSqlite(one), await openJetStream(other)];
    for (const store of stores) await store.append(texts.map((text, at) => anEventEntry({ id: `${at}`, text })));
  });

  afterAll(async () => {
    for (const store of stores) await store.close();
    await removeStore(places[1] ?? '');
    for (const place of places) await rm(place, { recursive: true, force: true });
  });

  it('answer the same query with the same events, before and after these are indexed', async () => {
    const answers = async (q: string) =>
      Promise.all(stores.map(async store => idsOf(await store.read({ q, limit: texts.length }))));
    const expectAlike = async (numRuns: number) => {
      let hits = 0;
      await fc.assert(
        fc.asyncProperty(fc.oneof(aText, fc.constantFrom(...PIECES), fc.constantFrom(...texts)), async q => {
          const [sqlite = [], jetStream] = await answers(q);
          expect(sqlite).toEqual(jetStream);
          hits += sqlite.length;
        }),
        { numRuns },
      );
      expect(hits).toBeGreaterThan(numRuns);
    };
    await expectAlike(20);
    await until('the texts are indexed', () => waitingTexts(places[0] ?? '') < GROUP_SEQS);
    await expectAlike(100);
  });
});
