import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ArtifactContent, ArtifactInfo } from '../store.ts';
import { type Connection, transaction } from './connection.ts';
import type { Names } from './names.ts';

/**
 * Artifacts: the bytes are files named by their sha-256, the versions of a path are rows. As blobs they would go through
 * the write-ahead log twice and make every backup of the log as large as all screenshots.
 */
export interface Artifacts {
  /** Bytes of all files. */
  readonly bytes: number;
  put(artifact: ArtifactContent): Promise<'created' | 'exists'>;
  get(adwId: string, path: string, sha256?: string): Promise<ArtifactContent | undefined>;
  list(adwId: string): ArtifactInfo[];
  /** Forgets an ADW's artifacts up to a version, and removes the files that nothing else needs. */
  remove(adw: number, version: number): Promise<void>;
  /** Writes a file of `size` bytes as an upload does, and removes it. @throws what an upload would */
  probe(size: number): Promise<void>;
}

interface ArtifactRow {
  readonly path: string;
  readonly sha256: string;
  readonly media_type: string;
  readonly size: number;
  readonly stored_at: number;
}

/** Opens the artifacts under `dir`. */
export function openArtifacts(dir: string, { connection, adws }: { connection: Connection; adws: Names }): Artifacts {
  const columns = 'path, sha256, media_type, size, stored_at';
  const find = connection.prepare('SELECT version FROM artifacts WHERE adw = ? AND path = ? AND sha256 = ?');
  const refer = connection.prepare(`INSERT OR REPLACE INTO artifacts (adw, ${columns}) VALUES (?, ?, ?, ?, ?, ?)`);
  const newest = connection.prepare(
    `SELECT ${columns} FROM artifacts WHERE adw = ? AND path = ? ORDER BY version DESC LIMIT 1`,
  );
  const one = connection.prepare(`SELECT ${columns} FROM artifacts WHERE adw = ? AND path = ? AND sha256 = ?`);
  const all = connection.prepare(`SELECT ${columns} FROM artifacts WHERE adw = ? ORDER BY version`);
  const forget = connection.prepare('DELETE FROM artifacts WHERE adw = ? AND version <= ? RETURNING sha256, size');
  const users = connection.prepare('SELECT count(*) AS users FROM artifacts WHERE sha256 = ?');
  const total = connection.prepare(
    'SELECT coalesce(sum(size), 0) AS bytes FROM (SELECT DISTINCT sha256, size FROM artifacts)',
  );
  const fileOf = (sha256: string) => join(dir, sha256.slice(0, 2), sha256);
  const isUsed = (sha256: string) => (users.get(sha256) as { users: number }).users > 0;
  const oneAtATime = queue();
  let bytes = (total.get() as { bytes: number }).bytes;

  const put = async (artifact: ArtifactContent): Promise<'created' | 'exists'> => {
    const { adwId, path, sha256, mediaType, size, storedAt } = artifact;
    const known = isUsed(sha256);
    if (!known) await writeDurably(fileOf(sha256), artifact.bytes);
    const exists = transaction(connection, () => {
      const adw = adws.give(adwId);
      const found = find.get(adw, path, sha256) !== undefined;
      // Replacing gives the row a new version number: what was put last is the newest.
      refer.run(adw, path, sha256, mediaType, size, storedAt);
      return found;
    });
    if (!known) bytes += size;
    return exists ? 'exists' : 'created';
  };

  return {
    get bytes() {
      return bytes;
    },
    put: artifact => oneAtATime(() => put(artifact)),
    async get(adwId, path, sha256) {
      const adw = adws.find(adwId) ?? null;
      const row = (sha256 === undefined ? newest.get(adw, path) : one.get(adw, path, sha256)) as
        | ArtifactRow
        | undefined;
      return row && { ...infoOf(adwId, row), bytes: await readFile(fileOf(row.sha256)) };
    },
    list: adwId => (all.all(adws.find(adwId) ?? null) as ArtifactRow[]).map(row => infoOf(adwId, row)),
    remove: (adw, version) =>
      oneAtATime(async () => {
        for (const { sha256, size } of forget.all(adw, version) as { sha256: string; size: number }[]) {
          if (isUsed(sha256)) continue;
          await rm(fileOf(sha256), { force: true });
          bytes -= size;
        }
      }),
    async probe(size) {
      const file = join(dir, 'probe');
      await writeDurably(file, Buffer.alloc(size));
      await rm(file, { force: true });
    },
  };
}

function infoOf(adwId: string, { path, sha256, media_type, size, stored_at }: ArtifactRow): ArtifactInfo {
  return { adwId, path, sha256, mediaType: media_type, size, storedAt: stored_at };
}

/** A crash leaves the whole file, or a `.tmp` that nothing refers to; the directory is synced so that the name survives too. */
async function writeDurably(file: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(file));
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  await handle.sync().finally(() => handle.close());
}

/** Files and rows are changed by one caller at a time: a removal must not take the file of an upload in between. */
function queue(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return work => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}
