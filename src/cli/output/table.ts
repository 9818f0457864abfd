import { clip, pad, widthOf } from './cells.ts';
import type { Paint, Style } from './style.ts';

/** One column of a table. */
export interface Column<Row> {
  readonly title: string;
  /** The cell's text, already safe. */
  readonly text: (row: Row) => string;
  readonly style?: (row: Row) => Style;
  /** Numbers stand at the right. */
  readonly right?: boolean;
  /** Gets what the others leave, and is cut there. The last column. */
  readonly takesRest?: boolean;
}

const GAP = '  ';

/** Rows as aligned lines under a head, none wider than `width`. */
export function tableLines<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { paint, width }: { readonly paint: Paint; readonly width: number },
): string[] {
  const widths = columns.map(column => Math.max(widthOf(column.title), ...rows.map(row => widthOf(column.text(row)))));
  const fixed = columns.reduce(
    (sum, { takesRest }, index) => sum + (takesRest ? 0 : (widths[index] ?? 0) + GAP.length),
    0,
  );
  const room = Math.max(8, width - fixed);
  const cell = (column: Column<Row>, index: number, text: string): string => {
    const cells = widths[index] ?? 0;
    if (column.takesRest) return clip(text, Math.min(cells, room));
    return column.right ? ' '.repeat(Math.max(0, cells - widthOf(text))) + text : pad(text, cells);
  };
  const head = columns.map((column, index) => cell(column, index, column.title)).join(GAP);
  const body = rows.map(row =>
    columns
      .map((column, index) => {
        const text = cell(column, index, column.text(row));
        const style = column.style?.(row);
        return style === undefined ? text : paint(style, text);
      })
      .join(GAP)
      .trimEnd(),
  );
  return [paint('dim', head.trimEnd()), ...body];
}
