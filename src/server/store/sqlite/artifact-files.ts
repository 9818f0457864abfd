import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { BoundedMap } from '../../../base/bounded-map.ts';
import { piecesOf } from '../artifact-bytes.ts';
import { type ArtifactBytes, DigestMismatch } from '../store.ts';

/** Files of which it is remembered that they are whole. Prevents endless memory; others are hashed again. */
const VERIFIED_MAX = 10_000;

/** Bytes in files that are named by their sha-256. */
export interface ArtifactFiles {
  /** Writes bytes beside the others, durable, under a name of their own. @throws DigestMismatch when they are not `sha256` */
  receive(sha256: string, bytes: ArtifactBytes): Promise<ReceivedFile>;
  /** Whether a file of that size is there. */
  isThere(sha256: string, size: number): Promise<boolean>;
  /** Whether it holds the bytes of its name, too. */
  isWhole(sha256: string, size: number): Promise<boolean>;
  /** @param range in bytes, `end` exclusive; all of them when absent */
  read(sha256: string, range?: { readonly start: number; readonly end: number }): Readable;
  remove(sha256: string): Promise<void>;
}

/** Bytes that have come in, and have no name yet. */
export interface ReceivedFile {
  readonly size: number;
  /** Gives them their name, in the place of whatever has it. */
  keep(): Promise<void>;
  drop(): Promise<void>;
}

/** Opens the files under `dir`, and removes what uploads left there that were cut off. */
export function openArtifactFiles(dir: string): ArtifactFiles {
  const fileOf = (sha256: string) => join(dir, sha256.slice(0, 2), sha256);
  /**
   * By sha-256, the state of the file in which it was found to be whole, so that a request for a range does not hash all of it
   * again. A write moves the ctime, which no program can set.
   */
  const verified = new BoundedMap<string, string>(VERIFIED_MAX);
  const cleaned = removeUnfinished(dir);

  const receive = async (sha256: string, bytes: ArtifactBytes): Promise<ReceivedFile> => {
    await cleaned;
    const temporary = join(dir, `${randomUUID()}.tmp`);
    const drop = () => rm(temporary, { force: true });
    try {
      const size = await writeDurably(temporary, sha256, bytes);
      const keep = async () => {
        const file = fileOf(sha256);
        await mkdir(dirname(file), { recursive: true, mode: 0o700 });
        await rename(temporary, file);
        await syncDirectory(dirname(file));
        verified.delete(sha256);
      };
      return { size, keep, drop };
    } catch (error) {
      await drop();
      throw error;
    }
  };
  const find = async (sha256: string, size: number): Promise<Stats | undefined> => {
    const stats = await stat(fileOf(sha256)).catch(() => undefined);
    return stats?.isFile() && stats.size === size ? stats : undefined;
  };
  const remember = (sha256: string, state: string) => {
    verified.delete(sha256);
    verified.set(sha256, state);
  };
  return {
    receive,
    isThere: async (sha256, size) => (await find(sha256, size)) !== undefined,
    async isWhole(sha256, size) {
      const file = fileOf(sha256);
      const stats = await find(sha256, size);
      if (stats === undefined) return false;
      if (verified.get(sha256) === stateOf(stats)) return true;
      if ((await hashOf(file).catch(() => undefined)) !== sha256) return false;
      remember(sha256, stateOf(stats));
      return true;
    },
    read: (sha256, range) =>
      createReadStream(fileOf(sha256), range === undefined ? {} : { start: range.start, end: range.end - 1 }),
    remove: sha256 => rm(fileOf(sha256), { force: true }),
  };
}

function stateOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string {
  return [dev, ino, size, mtimeMs, ctimeMs].join(' ');
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(piece as Buffer);
  return hash.digest('hex');
}

/** A crash leaves a `.tmp` that nothing refers to. @returns bytes written */
async function writeDurably(file: string, sha256: string, bytes: ArtifactBytes): Promise<number> {
  const handle = await open(file, 'wx', 0o600);
  try {
    const hash = createHash('sha256');
    let size = 0;
    for await (const piece of piecesOf(bytes)) {
      hash.update(piece);
      size += piece.length;
      await handle.write(piece);
    }
    const received = hash.digest('hex');
    if (received !== sha256) throw new DigestMismatch(sha256, received);
    await handle.sync();
    return size;
  } finally {
    await handle.close();
  }
}

/** The directory is synced so that a new name survives, too. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  await handle.sync().finally(() => handle.close());
}

async function removeUnfinished(dir: string): Promise<void> {
  const names = await readdir(dir).catch(() => []);
  const left = names.filter(name => name.endsWith('.tmp'));
  await Promise.all(left.map(name => rm(join(dir, name), { force: true })));
}
