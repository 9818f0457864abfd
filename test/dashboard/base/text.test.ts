import { expect, test } from 'vitest';
import { since } from '../../../dashboard/src/base/text.ts';

test('what has just been was now, and anything else some time ago', () => {
  expect([-5000, 0, 4000, 7_200_000].map(since)).toEqual(['now', 'now', '4s ago', '2h ago']);
});
