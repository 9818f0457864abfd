import { closeSync, fchmodSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const recordSchema = z.object({
  epoch: z.string(),
  lastSeq: z.number().int().nonnegative(),
  logInode: z.number(),
  /** When the log's file was made, ms since the Unix epoch: a copy may be given the inode of the file that it replaces. */
  logBornMs: z.number().optional(),
  lockInode: z.number(),
});

/** What the directory knows of its log beside the log itself: a copy of the log from another day does not fit to it. */
export type HeadRecord = z.infer<typeof recordSchema>;

/** Bytes of the file: a record is written over the one before, in one piece, and never needs more of the disk. */
const RECORD_BYTES = 256;

/** The file `head` of a data directory. */
export interface HeadFile {
  /** What the process before wrote; undefined where there is none that can be read. */
  readonly before: HeadRecord | undefined;
  /**
   * Writes a record. It waits for no disk: a kill leaves it as it is, and after a loss of power an older one only notices less.
   * A disk that takes nothing is reported by the writer of the log.
   */
  write(record: HeadRecord): void;
  close(): void;
}

/** Opens the head of `dataDir`. */
export function openHeadFile(dataDir: string): HeadFile {
  const file = join(dataDir, 'head');
  const before = read(file);
  let descriptor: number | undefined;
  return {
    before,
    write(record) {
      try {
        descriptor ??= openOwn(file);
        writeSync(descriptor, JSON.stringify(record).padEnd(RECORD_BYTES), 0);
      } catch {}
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

function read(file: string): HeadRecord | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Opens a file for writing, as it is or empty, and sees to it that its owner alone may read it. */
function openOwn(file: string): number {
  const descriptor = openSync(file, 'a+', 0o600);
  closeSync(descriptor);
  const own = openSync(file, 'r+');
  fchmodSync(own, 0o600);
  return own;
}
