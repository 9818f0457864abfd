import { describe, expect, test } from 'vitest';
import { widthOf } from '../../../src/cli/output/cells.ts';
import { flowLines, tableLines } from '../../../src/cli/output/table.ts';

interface Row {
  readonly name: string;
  readonly size: number;
}

const rows: readonly Row[] = [
  { name: '漢字', size: 5 },
  { name: 'a', size: 1_000 },
];
const columns = [
  { title: 'NAME', text: (row: Row) => row.name },
  { title: 'SIZE', text: (row: Row) => String(row.size), right: true },
  { title: 'NOTE', text: (row: Row) => `${row.name} is a long note about nothing`, least: 12, rank: 1 },
];

describe('a table', () => {
  test('aligns words left and numbers right, by the cells they take', () => {
    const lines = tableLines(rows, columns.slice(0, 2), { paint: (_style, text) => text, width: 80 });
    expect(lines).toEqual(['NAME  SIZE', '漢字     5', 'a     1000']);
  });

  test('cuts words, then leaves out the columns of the highest rank, and is never wider than the window', () => {
    const plain = (width: number) => tableLines(rows, columns, { paint: (_style, text) => text, width });
    expect(plain(24)).toEqual(['NAME  SIZE  NOTE', '漢字     5  漢字 is a l…', 'a     1000  a is a long…']);
    expect(plain(18)).toEqual(['NAME  SIZE', '漢字     5', 'a     1000']);
    for (let width = 10; width < 60; width++) {
      for (const line of plain(width)) expect(widthOf(line)).toBeLessThanOrEqual(width);
    }
  });
});

test('parts flow over lines of the window, and lose nothing', () => {
  const parts = [{ text: '1 error' }, { text: '' }, { text: '漢字 tokens' }, { text: 'a-long-branch' }];
  const flow = (width: number) => flowLines(parts, { paint: (_style, text) => text, width, gap: { text: ' · ' } });
  expect(flow(40)).toEqual(['1 error · 漢字 tokens · a-long-branch']);
  expect(flow(21)).toEqual(['1 error · 漢字 tokens', 'a-long-branch']);
  expect(flow(8)).toEqual(['1 error', '漢字', 'tokens', 'a-long-b', 'ranch']);
});
