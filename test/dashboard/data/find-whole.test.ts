import { describe, expect, test } from 'vitest';
import { findWhole } from '../../../dashboard/src/data/find-whole.ts';

const long = 'x'.repeat(3_000);

describe('the whole of a preview', () => {
  test('is found in a line of whatever shape, from the outside to the inside', () => {
    const line = {
      type: 'tool_use',
      part: { state: { input: { filePath: 'a', content: `${long}b` }, output: `${long}c` } },
    };
    expect(findWhole({ filePath: 'a', content: long }, line)).toEqual({ filePath: 'a', content: `${long}b` });
    expect(findWhole(`${long}c`.slice(0, 2_000), { a: { b: 1 }, output: `${long}d`, part: line.part })).toBe(
      `${long}d`,
    );
    expect(
      findWhole({ edits: [{ oldText: 'x', newText: '' }] }, { args: { edits: [{ oldText: long, newText: 'y' }] } }),
    ).toEqual({
      edits: [{ oldText: long, newText: 'y' }],
    });
  });

  test('is nothing where the line does not have it, and of nothing', () => {
    for (const preview of ['y', '', {}, [], undefined, null]) expect(findWhole(preview, { a: long })).toBeUndefined();
  });
});
