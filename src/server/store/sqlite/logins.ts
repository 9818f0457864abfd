import type { Login, LoginStore } from '../store.ts';
import type { Connection } from './connection.ts';

/** Opens the table of logins. Saving one removes those that are over at `now`, in ms since the Unix epoch. */
export function openLogins(connection: Connection, now: () => number): LoginStore {
  const save = connection.prepare('INSERT INTO logins (digest, access, credential, expires_at) VALUES (?, ?, ?, ?)');
  const find = connection.prepare('SELECT digest, access, credential, expires_at FROM logins WHERE digest = ?');
  const remove = connection.prepare('DELETE FROM logins WHERE digest = ?');
  const removeOld = connection.prepare('DELETE FROM logins WHERE expires_at <= ?');
  return {
    async save({ digest, access, credential, expiresAt }) {
      removeOld.run(now());
      save.run(digest, access, credential, expiresAt);
    },
    async find(digest) {
      const row = find.get(digest) as LoginRow | undefined;
      return row && { digest, access: row.access, credential: row.credential, expiresAt: row.expires_at };
    },
    async remove(digest) {
      remove.run(digest);
    },
  };
}

interface LoginRow extends Pick<Login, 'digest' | 'access' | 'credential'> {
  readonly expires_at: number;
}
