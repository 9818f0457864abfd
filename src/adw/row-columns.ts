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

/** Rows as they travel: columns of equal length, in seq order. As objects they would be twice as long, and as slow to read. */
export interface RowColumns extends Readonly<Record<WordField, readonly number[]>> {
  readonly seq: readonly number[];
  /** ms since the Unix epoch; null where nothing says when. */
  readonly t: readonly (number | null)[];
  /** ms; null where there is none. */
  readonly duration: readonly (number | null)[];
  readonly words: readonly string[];
  readonly id: readonly string[];
  readonly summary: readonly string[];
  readonly attempt: readonly number[];
  readonly added: readonly (number | null)[];
  readonly removed: readonly (number | null)[];
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
  const column = <Value>(of: (row: Row) => Value): Value[] => rows.map(of);
  const inWords = WORD_FIELDS.map(field => [field, column(row => placeOf(row[field]))] as const);
  return {
    seq: column(({ seq }) => seq),
    t: column(({ t }) => numberOrNull(t)),
    duration: column(({ duration }) => numberOrNull(duration)),
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
export function* rowsInColumns(columns: RowColumns): Generator<Row> {
  const { seq, words } = columns;
  for (let at = 0; at < seq.length; at++) {
    const word = (field: WordField): string | undefined => words[columns[field][at] ?? NONE];
    const row = {
      seq: seq[at]!,
      type: word('type') ?? '',
      t: columns.t[at] ?? Number.NaN,
      role: word('role') ?? '',
      duration: columns.duration[at] ?? Number.NaN,
      status: word('status') ?? '',
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
      kind: word('kind'),
      diagnostic: word('diagnostic'),
      place: word('place'),
      root: word('root'),
    };
    yield row as Row;
  }
}

const numberOrNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
