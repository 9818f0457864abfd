import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  type Stats,
} from 'node:fs';
import { systemCode } from '../../base/errors.ts';

/** A link in the file's place is refused, and a FIFO or a device does not wait for its other end. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** What `st_blocks` counts in, bytes (stat(2)). */
const BLOCK_BYTES = 512;
/** Bytes of holes that are read as what they are. */
const HOLE_BYTES_MAX = 1024 * 1024 * 1024;
/** A file that is this many times as long as the room it takes is no compressed one. */
const HOLE_RATIO = 100;

/** What tells one file from another that lies at the same path. */
export type FileId = Pick<Stats, 'dev' | 'ino'>;

/** A watched file that was opened. */
export interface OpenedFile {
  readonly fd: number;
  readonly stats: Stats;
}

/**
 * Opens a file of the watched tree: every stage that reads one comes here. A program that writes there may put a link, a FIFO or
 * another file in its place, or a link in the place of a directory above it, at any moment. So what counts is what the
 * descriptor shows: a regular file that lies at just this path, links resolved, and that is the one which was classified.
 * @param absolute without symbolic links; `agents/` itself is resolved before anything is watched
 * @param expected what a stat found at the path; absent: whatever regular file lies there
 * @throws the system error. EFBIG: it is mostly a hole. ELOOP: a link lies in its place or above it. ENOENT: it is not there (any more), or is no regular
 * file, or another one: the next poll tells
 */
export function openWatched(absolute: string, expected?: FileId): OpenedFile {
  const fd = openSync(absolute, FLAGS);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw systemError('ENOENT', `${absolute} is no regular file`);
    refuseElsewhere(absolute, fd, stats);
    refuseHole(absolute, stats);
    if (expected && (stats.ino !== expected.ino || stats.dev !== expected.dev)) {
      throw systemError('ENOENT', `another file lies at ${absolute}`);
    }
    return { fd, stats };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/**
 * The first `length` bytes of a file of the watched tree, or fewer where it has become shorter.
 * @throws as {@link openWatched}
 */
export function readWatched(absolute: string, { length, expected }: { length: number; expected?: FileId }): Buffer {
  const { fd } = openWatched(absolute, expected);
  try {
    const bytes = Buffer.allocUnsafe(length);
    return bytes.subarray(0, readRange(fd, { bytes, position: 0 }));
  } finally {
    closeSync(fd);
  }
}

/** Bytes at a file's beginning that are searched for a time. */
const HEAD_BYTES = 64 * 1024;

/** The first bytes of a file of the watched tree; none where it cannot be read. */
export function readHeadIfAny(absolute: string): Buffer {
  try {
    return readWatched(absolute, { length: HEAD_BYTES });
  } catch {
    return Buffer.alloc(0);
  }
}

/** Fills `bytes` from `position` on. @returns how many there were */
export function readRange(fd: number, { bytes, position }: { bytes: Buffer; position: number }): number {
  let filled = 0;
  while (filled < bytes.length) {
    const got = readSync(fd, bytes, filled, bytes.length - filled, position + filled);
    if (got === 0) break;
    filled += got;
  }
  return filled;
}

/** Where the kernel says that the descriptor's file lies; elsewhere than at `absolute`, a link led there or it was moved. */
function refuseElsewhere(absolute: string, fd: number, stats: Stats): void {
  const there = pathOf(fd);
  if (there === absolute) return;
  const isPlain = realpathSync(absolute) === absolute;
  if (!isPlain) throw systemError('ELOOP', `a directory above ${absolute} is a link`);
  const now = lstatSync(absolute);
  // Where the system does not tell paths, what lies there after the open is all there is to go by.
  if (there === undefined && now.ino === stats.ino && now.dev === stats.dev) return;
  throw systemError('ENOENT', `${absolute} was moved`);
}

/** proc(5), /proc/pid/fd; undefined where there is no /proc, or where its answer is no path ("(unreachable)/…"). */
function pathOf(fd: number): string | undefined {
  try {
    const path = readlinkSync(`/proc/self/fd/${fd}`);
    return path.startsWith('/') ? path : undefined;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}

/**
 * A file that takes no room for what it says to hold (a truncate to 200 GB) would be read for minutes to find nothing. Compressing
 * file systems say less than the size, too, but not by so much.
 * @throws EFBIG
 */
export function refuseHole(absolute: string, { size, blocks }: Stats): void {
  const held = blocks * BLOCK_BYTES;
  if (size - held < HOLE_BYTES_MAX || held * HOLE_RATIO > size) return;
  throw systemError('EFBIG', `${absolute} is mostly a hole`);
}

function systemError(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
