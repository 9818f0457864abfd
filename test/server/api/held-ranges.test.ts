import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { heldRanges } from '../../../src/server/api/held-ranges.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('the ranges that a log holds of a file', () => {
  const [one, two] = [sha256('one'), sha256('two')];

  it('are their lengths, and one hash over theirs; what was skipped is negative and not in it', () => {
    const units = [
      { offset: 0, end: 10, sha256: one },
      { offset: 10, end: 30, sha256: '' },
      { offset: 30, end: 33, sha256: two },
    ];
    const both = createHash('sha256').update(one, 'hex').update(two, 'hex').digest('hex');
    expect(heldRanges(units)).toEqual({ lengths: [10, -20, 3], sha256: both });
  });

  it('end where the first one is missing', () => {
    const units = [
      { offset: 0, end: 10, sha256: one },
      { offset: 20, end: 30, sha256: two },
    ];
    expect(heldRanges(units).lengths).toEqual([10]);
    expect(heldRanges([{ offset: 20, end: 30, sha256: two }]).lengths).toEqual([]);
  });
});
