import { statSync } from 'node:fs';
import { AdwStreamError } from '../../../base/errors.ts';
import { statIfAny } from '../../../base/stat.ts';

/**
 * Opens a check that `file` is still the one at its path: into one that was removed SQLite goes on writing, and all of that
 * is gone with the process.
 * @returns what throws AdwStreamError store_unavailable when it is not
 */
export function openPresence(file: string): () => void {
  const { dev, ino } = statSync(file);
  return () => {
    const there = statIfAny(file);
    if (there?.dev === dev && there.ino === ino) return;
    throw new AdwStreamError('store_unavailable', 'The data directory was removed while the server ran: restart it.');
  };
}
