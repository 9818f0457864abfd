import type { Connection } from './connection.ts';

/**
 * Small numbers for strings that repeat: types and roles in `names`, ADW ids in `adws`. Read from memory; a new one is
 * inserted by the transaction that needs it.
 */
export interface Names {
  /** The number of `name`, given now if it has none. Only inside a transaction. */
  give(name: string): number;
  /** The number of `name`, if it has one. */
  find(name: string): number | undefined;
  /** The name behind a number. */
  of(id: number): string;
  /** Reads all again: after a rollback, memory may know what the database does not. */
  reload(): void;
}

/** The dictionary of types and roles. */
export function openNames(connection: Connection): Names {
  return dictionary(connection, {
    all: 'SELECT id, name FROM names',
    insert: 'INSERT INTO names (name) VALUES (?) RETURNING id',
  });
}

/** The dictionary of ADW ids. */
export function openAdwNames(connection: Connection): Names {
  return dictionary(connection, {
    all: 'SELECT id, adw_id AS name FROM adws',
    insert: 'INSERT INTO adws (adw_id, appended_at, events, bytes) VALUES (?, 0, 0, 0) RETURNING id',
  });
}

function dictionary(connection: Connection, sql: { readonly all: string; readonly insert: string }): Names {
  const all = connection.prepare(sql.all);
  const insert = connection.prepare(sql.insert);
  const ids = new Map<string, number>();
  const names = new Map<number, string>();
  const remember = ({ id, name }: { id: number; name: string }) => {
    ids.set(name, id);
    names.set(id, name);
  };
  const reload = () => {
    ids.clear();
    names.clear();
    for (const row of all.all() as { id: number; name: string }[]) remember(row);
  };
  reload();
  return {
    reload,
    find: name => ids.get(name),
    of: id => names.get(id) ?? '',
    give(name) {
      const known = ids.get(name);
      if (known !== undefined) return known;
      const { id } = insert.get(name) as { id: number };
      remember({ id, name });
      return id;
    },
  };
}
