import { expect, test } from 'vitest';
import { type Contents, moreContents, orderedHits, type RunHits } from '../../../dashboard/src/runs/contents.ts';

const hits = (adw_id: string, count: number, ...seqs: readonly number[]): RunHits => ({
  adw_id,
  hits: count,
  newest: seqs.map(seq => ({ seq, event_id: `${seq}`, type: 'text_block', role: null, at: null, snippet: ['x'] })),
});
const found: Contents = { next: 50, runs: [hits('a', 3, 99), hits('b', 7, 90)] };

test('what is found further back adds to what was found, and shows no older hits before newer ones', () => {
  const all = moreContents(found, { next: null, runs: [hits('b', 2, 40), hits('c', 1, 30)] });
  expect(all).toEqual({ next: null, runs: [hits('a', 3, 99), hits('b', 9, 90), hits('c', 1, 30)] });
});

test('runs with hits are ordered by the newest or by their number, without those that are not listed', () => {
  const ids = (order: 'newest' | 'most', listed = ['a', 'b']) =>
    orderedHits(found, order, id => listed.includes(id)).map(({ adw_id }) => adw_id);
  expect(ids('newest')).toEqual(['a', 'b']);
  expect(ids('most')).toEqual(['b', 'a']);
  expect(ids('most', ['a'])).toEqual(['a']);
});
