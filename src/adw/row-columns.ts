import type { Row } from './row.ts';

/** Fields of a row whose values are often the same: the columns have their places in `words`, and -1 where there is none. */
export const WORD_FIELDS = [
  'type',
  'role',
  'status',
  'group',
  'tool',
  'toolKind',
  'useId',
  'parent',
  'phase',
  'session',
  'path',
  'timing',
  'level',
  'kind',
  'diagnostic',
  'place',
  'root',
] as const satisfies readonly (keyof Row)[];
const NONE = -1;

/** One of {@link WORD_FIELDS}. */
export type WordField = (typeof WORD_FIELDS)[number];

/** A value for each row, or one that all rows have. */
export type Column<Value> = readonly Value[] | Value;

/** Rows as they travel: columns, in seq order. As objects they would be three times as long, and as slow to read. */
export interface RowColumns extends Readonly<Record<WordField, Column<number>>> {
  readonly seq: readonly number[];
  /** ms since the Unix epoch; null where nothing says when. */
  readonly t: Column<number | null>;
  /** ms; null where there is none. */
  readonly duration: Column<number | null>;
  readonly words: readonly string[];
  readonly id: Column<string>;
  readonly summary: Column<string>;
  readonly attempt: Column<number>;
  readonly added: Column<number | null>;
  readonly removed: Column<number | null>;
}

/** Gathers rows into columns. */
export function columnsOfRows(rows: readonly Row[]): RowColumns {
  const words: string[] = [];
  const places = new Map<string, number>();
  const placeOf = (word: string | undefined): number => {
    if (word === undefined || word === '') return NONE;
    let place = places.get(word);
    if (place === undefined) {
      place = words.push(word) - 1;
      places.set(word, place);
    }
    return place;
  };
  const column = <Value>(of: (row: Row) => Value): Column<Value> => {
    const values = rows.map(of);
    const [first] = values;
    return first !== undefined && values.every(value => value === first) ? first : values;
  };
  const inWords = WORD_FIELDS.map(field => [field, column(row => placeOf(row[field]))] as const);
  return {
    seq: rows.map(({ seq }) => seq),
    t: column(({ t }) => numberOrNull(t)),
    duration: column(({ duration }) => numberOrNull(duration)),
    words,
    id: column(({ id }) => id),
    summary: column(({ summary }) => summary),
    attempt: column(({ attempt }) => attempt),
    added: column(({ added }) => added ?? null),
    removed: column(({ removed }) => removed ?? null),
    ...(Object.fromEntries(inWords) as Record<WordField, Column<number>>),
  };
}

/** The rows that columns hold. */
export function rowsInColumns(columns: RowColumns): Row[] {
  const { seq, words } = columns;
  return seq.map((one, at) => {
    const word = (field: WordField): string | undefined => words[valueAt(columns[field], at) ?? NONE];
    const row = {
      seq: one,
      type: word('type') ?? '',
      t: valueAt(columns.t, at) ?? Number.NaN,
      role: word('role') ?? '',
      duration: valueAt(columns.duration, at) ?? Number.NaN,
      status: word('status') ?? '',
      id: valueAt(columns.id, at) ?? '',
      group: word('group'),
      summary: valueAt(columns.summary, at) ?? '',
      tool: word('tool'),
      toolKind: word('toolKind'),
      useId: word('useId'),
      parent: word('parent'),
      attempt: valueAt(columns.attempt, at) ?? 0,
      phase: word('phase'),
      session: word('session'),
      path: word('path'),
      added: valueAt(columns.added, at) ?? undefined,
      removed: valueAt(columns.removed, at) ?? undefined,
      timing: word('timing'),
      level: word('level'),
      kind: word('kind'),
      diagnostic: word('diagnostic'),
      place: word('place'),
      root: word('root'),
    };
    return row as Row;
  });
}

const numberOrNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
const isColumn = <Value>(column: Column<Value>): column is readonly Value[] => Array.isArray(column);
const valueAt = <Value>(column: Column<Value>, at: number): Value | undefined =>
  isColumn(column) ? column[at] : column;
