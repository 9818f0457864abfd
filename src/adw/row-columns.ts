import type { Row } from './row.ts';

/** Fields of a row whose values are often the same: the columns have their places in `words`, and -1 where there is none. */
export const WORD_FIELDS = [
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
  'diagnostic',
  'place',
  'root',
] as const satisfies readonly (keyof Row)[];
const NONE = -1;

/** One of {@link WORD_FIELDS}. */
export type WordField = (typeof WORD_FIELDS)[number];

/** Rows as they travel: columns of equal length, in seq order. As objects they would be twice as long, and as slow to read. */
export interface RowColumns extends Readonly<Record<WordField, readonly number[]>> {
  readonly seq: readonly number[];
  readonly words: readonly string[];
  readonly id: readonly string[];
  readonly summary: readonly string[];
  readonly attempt: readonly number[];
  readonly added: readonly (number | null)[];
  readonly removed: readonly (number | null)[];
}

/** A row with the seq of its event. */
export interface NumberedRow {
  readonly seq: number;
  readonly row: Row;
}

/** Gathers rows into columns. */
export function columnsOfRows(rows: readonly NumberedRow[]): RowColumns {
  const words: string[] = [];
  const places = new Map<string, number>();
  const placeOf = (word: string | undefined): number => {
    if (word === undefined) return NONE;
    let place = places.get(word);
    if (place === undefined) {
      place = words.push(word) - 1;
      places.set(word, place);
    }
    return place;
  };
  const column = <Value>(of: (row: Row) => Value): Value[] => rows.map(({ row }) => of(row));
  const inWords = WORD_FIELDS.map(field => [field, column(row => placeOf(row[field]))] as const);
  return {
    seq: rows.map(({ seq }) => seq),
    words,
    id: column(({ id }) => id),
    summary: column(({ summary }) => summary),
    attempt: column(({ attempt }) => attempt),
    added: column(({ added }) => added ?? null),
    removed: column(({ removed }) => removed ?? null),
    ...(Object.fromEntries(inWords) as Record<WordField, number[]>),
  };
}

/** The rows that columns hold, one after the other as they are asked for. */
export function* rowsInColumns(columns: RowColumns): Generator<NumberedRow> {
  const { seq, words } = columns;
  for (let at = 0; at < seq.length; at++) {
    const word = (field: WordField): string | undefined => words[columns[field][at] ?? NONE];
    const row = {
      id: columns.id[at] ?? '',
      group: word('group'),
      summary: columns.summary[at] ?? '',
      tool: word('tool'),
      toolKind: word('toolKind'),
      useId: word('useId'),
      parent: word('parent'),
      attempt: columns.attempt[at] ?? 0,
      phase: word('phase'),
      session: word('session'),
      path: word('path'),
      added: columns.added[at] ?? undefined,
      removed: columns.removed[at] ?? undefined,
      timing: word('timing'),
      level: word('level'),
      diagnostic: word('diagnostic'),
      place: word('place'),
      root: word('root'),
    };
    yield { seq: seq[at]!, row: row as Row };
  }
}
