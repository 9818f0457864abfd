import type { Connection, SqlValue, Statement } from './connection.ts';

/** Rows of one statement, the largest first. What one row and a call of the binding cost is about the same. */
const ROWS = [32, 8, 1] as const;

/** What {@link openBulkInsert} takes. */
export interface BulkInsertOptions {
  /** The statement up to its values, such as `INSERT INTO names (id, name)`. */
  readonly into: string;
  readonly columns: number;
}

/** Opens a function that inserts rows, given one after the other in one array: many with one statement. */
export function openBulkInsert(connection: Connection, options: BulkInsertOptions): (values: SqlValue[]) => void {
  const { into, columns } = options;
  const row = `(${Array.from({ length: columns }, () => '?').join(', ')})`;
  const statements = ROWS.map((rows): { readonly values: number; readonly statement: Statement } => ({
    values: rows * columns,
    statement: connection.prepare(`${into} VALUES ${Array.from({ length: rows }, () => row).join(', ')}`),
  }));
  return values => {
    let at = 0;
    for (const { values: size, statement } of statements) {
      for (; at + size <= values.length; at += size) statement.run(...values.slice(at, at + size));
    }
  };
}
