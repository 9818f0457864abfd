import { describe, expect, test } from 'vitest';
import { widthOf } from '../../../src/cli/output/cells.ts';
import { tableLines } from '../../../src/cli/output/table.ts';

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
  { title: 'NOTE', text: (row: Row) => `${row.name} is a long note about nothing`, takesRest: true },
];

describe('a table', () => {
  test('aligns words left and numbers right, by the cells they take', () => {
    const lines = tableLines(rows, columns.slice(0, 2), { paint: (_style, text) => text, width: 80 });
    expect(lines).toEqual(['NAME  SIZE', '漢字     5', 'a     1000']);
  });

  test('cuts its last column at the width', () => {
    for (const line of tableLines(rows, columns, { paint: (_style, text) => text, width: 30 })) {
      expect(widthOf(line)).toBeLessThanOrEqual(30);
    }
  });
});
