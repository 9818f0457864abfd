import { closeSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { AdwStreamError } from '../../../base/errors.ts';
import { statIfAny } from '../../../base/stat.ts';

/** Bytes to which SQLite may cut the write-ahead log when it begins it anew (`journal_size_limit`): no less than this goes by itself. */
export const WAL_BYTES_KEPT = 67_108_864;
/** Bytes of the header of a database. */
const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
/** Where the header has the size of a page, and the number of pages (big-endian). */
const PAGE_SIZE_AT = 16;
const PAGES_AT = 28;

/** What became of the files of the log while they were open. `cut`: SQLite would mix what is left with what it remembers. */
export type Damage = 'removed' | 'wal_removed' | 'cut';

/** Checks whether the files of the log are still those that SQLite has open, and as long as it left them. */
export interface Presence {
  /** What was found; it stays found. */
  readonly damage: Damage | undefined;
  /** @throws AdwStreamError store_unavailable for damage */
  check(): void;
  close(): void;
}

const TEXTS: Readonly<Record<Damage, string>> = {
  removed: 'The data directory was removed while the server ran: restart it.',
  wal_removed: 'The write-ahead log was removed while the server ran: restart it.',
  cut: 'The log was cut off while the server ran: restart it.',
};

/**
 * Opens the check of the database `file` and its write-ahead log. Into files that were removed or cut SQLite goes on writing,
 * and all of that is gone with the process.
 * @param onDamage called once, when damage is found
 */
export function openPresence(file: string, onDamage: (damage: Damage) => void): Presence {
  const { dev, ino, size: sizeBefore } = statSync(file);
  let size = sizeBefore;
  // Never closed before the connection: closing any descriptor of a file drops SQLite's locks on it.
  const descriptor = openSync(file, 'r');
  const header = Buffer.alloc(HEADER_BYTES);
  let wal: Stats | undefined;
  let damage: Damage | undefined;

  const isWhole = (size: number): boolean => {
    if (readSync(descriptor, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) return false;
    if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) return false;
    // 1 stands for 65,536, which does not fit.
    const pageSize = header.readUInt16BE(PAGE_SIZE_AT);
    return size >= header.readUInt32BE(PAGES_AT) * (pageSize === 1 ? 65_536 : pageSize);
  };
  const find = (): Damage | undefined => {
    const there = statIfAny(file);
    if (there?.dev !== dev || there.ino !== ino) return 'removed';
    // Where the disk is full, the header may count pages that are in the write-ahead log alone.
    if (there.size < size && !isWhole(there.size)) return 'cut';
    size = there.size;
    const before = wal;
    wal = statIfAny(`${file}-wal`);
    if (before === undefined) return undefined;
    if (wal?.dev !== before.dev || wal.ino !== before.ino) return 'wal_removed';
    return wal.size < Math.min(before.size, WAL_BYTES_KEPT) ? 'cut' : undefined;
  };
  return {
    get damage() {
      return damage;
    },
    check() {
      if (damage === undefined) {
        damage = find();
        if (damage !== undefined) onDamage(damage);
      }
      if (damage !== undefined) throw new AdwStreamError('store_unavailable', TEXTS[damage]);
    },
    close: () => closeSync(descriptor),
  };
}
