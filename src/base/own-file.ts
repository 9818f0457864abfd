import { closeSync, constants, fstatSync, ftruncateSync, lstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { systemCode } from './errors.ts';

/** Flags of every open: a link in the file's place is refused, and a FIFO does not wait for its other end. */
const GUARD = constants.O_NOFOLLOW | constants.O_NONBLOCK;

const ACCESS = {
  /** The file has to be there. */
  read: constants.O_RDONLY,
  append: constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT,
  /** What was in it is gone, once it is known to be ours. */
  replace: constants.O_WRONLY | constants.O_CREAT,
  /** Nothing may lie there yet. */
  create: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
} as const;

/**
 * Opens a file that this program alone writes. An attacker who can put a link, a FIFO or a second name of another file in its place
 * must not make us write there, or wait: only a regular file of this user with one name is opened, which the descriptor shows.
 * A new file may be read by its owner alone.
 * @returns the descriptor
 * @throws the system error (ENOENT, EACCES, ENOSPC, …), or an error that says what lies there instead
 */
export function openOwnFile(path: string, access: keyof typeof ACCESS): number {
  const fd = openGuarded(path, ACCESS[access]);
  try {
    refuseForeign(path, fstatSync(fd));
    if (access === 'replace') ftruncateSync(fd);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** The bytes of a file that this program alone writes. @throws as {@link openOwnFile} */
export function readOwnFile(path: string): Buffer {
  const fd = openOwnFile(path, 'read');
  try {
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Checks that a directory is of this user, that no other user may write into it, and that it is no link to one.
 * @throws an error that says what is wrong with it; the system error where nothing is
 */
export function checkOwnDirectory(path: string): void {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) throw new Error(`${path} is a link`);
  if (!stats.isDirectory()) throw new Error(`${path} is no directory`);
  if (isForeign(stats)) throw new Error(`${path} belongs to another user`);
  if ((stats.mode & 0o022) !== 0) throw new Error(`${path} may be written by other users (chmod go-w takes that away)`);
}

function openGuarded(path: string, flags: number): number {
  try {
    return openSync(path, flags | GUARD, 0o600);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ELOOP') throw new Error(`${path} is a link`, { cause: error });
    // A FIFO that no process reads, or a socket.
    if (code === 'ENXIO') throw new Error(`${path} is no regular file`, { cause: error });
    throw error;
  }
}

function refuseForeign(path: string, stats: Stats): void {
  if (!stats.isFile()) throw new Error(`${path} is no regular file`);
  if (isForeign(stats)) throw new Error(`${path} belongs to another user`);
  if (stats.nlink > 1) throw new Error(`${path} is another file's second name (a hard link)`);
}

/** Windows has no user ids. */
function isForeign({ uid }: Stats): boolean {
  return process.geteuid !== undefined && uid !== process.geteuid();
}
