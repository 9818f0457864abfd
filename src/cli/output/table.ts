import { clip, pad, widthOf, wrapWords } from './cells.ts';
import type { Paint, Style } from './style.ts';

/** One column of a table. */
export interface Column<Row> {
  readonly title: string;
  /** The cell's text, already safe. */
  readonly text: (row: Row) => string;
  readonly style?: (row: Row) => Style;
  /** Numbers stand at the right. */
  readonly right?: boolean;
  /** Words may be cut where the window is too narrow, to this many cells. Numbers never are. */
  readonly least?: number;
  /** How they are cut; {@link clip} where nothing else is given. */
  readonly cut?: (text: string, cells: number) => string;
  /** Where the window is too narrow for all columns, that of the highest rank is left out first; without one it stays. */
  readonly rank?: number;
}

/** A column with the cells that it gets. */
interface Fitted<Row> {
  readonly column: Column<Row>;
  /** What its longest text takes. */
  readonly natural: number;
  cells: number;
}

const GAP = '  ';

/** Rows as aligned lines under a head, none wider than `width` from 24 cells on. */
export function tableLines<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { paint, width }: { readonly paint: Paint; readonly width: number },
): string[] {
  const fitted = fitColumns(rows, columns, width);
  const cell = ({ column, cells }: Fitted<Row>, text: string): string =>
    column.right
      ? ' '.repeat(Math.max(0, cells - widthOf(text))) + text
      : pad((column.cut ?? clip)(text, cells), cells);
  const line = (cells: readonly string[]) => cells.join(GAP).trimEnd();
  const body = rows.map(row =>
    line(
      fitted.map(one => {
        const text = cell(one, one.column.text(row));
        const style = one.column.style?.(row);
        return style === undefined ? text : paint(style, text);
      }),
    ),
  );
  return [paint('dim', line(fitted.map(one => cell(one, one.column.title)))), ...body];
}

/** The columns that there is room for, and the cells of each. */
function fitColumns<Row>(rows: readonly Row[], columns: readonly Column<Row>[], width: number): Fitted<Row>[] {
  let fitted = columns.map((column): Fitted<Row> => {
    const natural = Math.max(widthOf(column.title), ...rows.map(row => widthOf(column.text(row))));
    return { column, natural, cells: natural };
  });
  const least = ({ column, natural }: Fitted<Row>) => Math.min(natural, column.least ?? natural);
  while (widthOfAll(fitted, least) > width) {
    const last = fitted.toSorted((a, b) => (b.column.rank ?? 0) - (a.column.rank ?? 0))[0];
    if (last === undefined || (last.column.rank ?? 0) === 0) break;
    fitted = fitted.filter(one => one !== last);
  }
  for (let over = widthOfAll(fitted, ({ cells }) => cells) - width; over > 0; over -= 1) {
    const widest = fitted.filter(one => one.cells > least(one)).toSorted(byRoomToGive)[0];
    if (widest === undefined) break;
    widest.cells -= 1;
  }
  return fitted;
}

/** The last column, a note, gives first; else the widest. */
function byRoomToGive<Row>(a: Fitted<Row>, b: Fitted<Row>): number {
  return (b.column.rank ?? 0) - (a.column.rank ?? 0) || b.cells - a.cells;
}

function widthOfAll<Row>(fitted: readonly Fitted<Row>[], cellsOf: (one: Fitted<Row>) => number): number {
  return fitted.reduce((sum, one) => sum + cellsOf(one), GAP.length * Math.max(0, fitted.length - 1));
}

/** Text with its style. */
export interface Part {
  readonly text: string;
  readonly style?: Style;
}

/** Parts one behind the other, with `gap` between them, on lines of at most `width` cells; one that is longer is broken. */
export function flowLines(
  parts: readonly Part[],
  { paint, width, gap }: { readonly paint: Paint; readonly width: number; readonly gap: Part },
): string[] {
  const painted = ({ text, style }: Part) => (style === undefined ? text : paint(style, text));
  const lines: string[] = [];
  let used = 0;
  for (const part of parts.filter(({ text }) => text !== '')) {
    const cells = widthOf(part.text);
    if (lines.length > 0 && used + widthOf(gap.text) + cells <= width) {
      lines.push(`${lines.pop() ?? ''}${painted(gap)}${painted(part)}`);
      used += widthOf(gap.text) + cells;
    } else {
      const broken = wrapWords(part.text, width);
      lines.push(...broken.map(text => painted({ ...part, text })));
      used = widthOf(broken.at(-1) ?? '');
    }
  }
  return lines;
}
