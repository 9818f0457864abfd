import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AdwStreamError } from '../../../base/errors.ts';
import type { Logger } from '../../../base/log.ts';
import type { ArtifactInfo, ArtifactUpload, StoredArtifact } from '../store.ts';
import { openArtifactFiles } from './artifact-files.ts';
import { type Connection, transaction } from './connection.ts';
import type { Names } from './names.ts';

/**
 * Artifacts: the bytes are files named by their sha-256, the versions of a path are rows. As blobs they would go through
 * the write-ahead log twice and make every backup of the log as large as all screenshots.
 */
export interface Artifacts {
  /** Bytes of all files. */
  readonly bytes: number;
  put(artifact: ArtifactUpload): Promise<'created' | 'exists'>;
  /** One whose file is there and holds what was stored. */
  get(adwId: string, path: string, sha256?: string): Promise<StoredArtifact | undefined>;
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

interface ArtifactParts {
  readonly connection: Connection;
  readonly adws: Names;
  readonly log: Logger;
}

/** Opens the artifacts under `dir`. */
export function openArtifacts(dir: string, { connection, adws, log }: ArtifactParts): Artifacts {
  const files = openArtifactFiles(dir);
  const { newest, one, all, forget, users, total } = openStatements(connection);
  const isUsed = (sha256: string) => (users.get(sha256) as { users: number }).users > 0;
  const oneAtATime = queue();
  let bytes = (total.get() as { bytes: number }).bytes;

  const refer = openRefer(connection, adws);
  /** The bytes come in beside everything else, as slowly as their sender sends them; only their name waits for its turn. */
  const put = async ({ bytes: content, ...artifact }: ArtifactUpload): Promise<'created' | 'exists'> => {
    const { sha256 } = artifact;
    const received = await files.receive(sha256, content);
    return oneAtATime(async () => {
      const { size } = received;
      const known = isUsed(sha256);
      if (known && (await files.isWhole(sha256, size))) await received.drop();
      else await received.keep();
      const outcome = refer({ ...artifact, size });
      if (!known) bytes += size;
      return outcome;
    });
  };

  const damaged = (adwId: string, { path, sha256 }: ArtifactRow) =>
    log.report('artifact_damaged', {
      adw_id: adwId,
      path,
      sha256,
    });

  return {
    get bytes() {
      return bytes;
    },
    put,
    async get(adwId, path, sha256) {
      const adw = adws.find(adwId) ?? null;
      const row = (sha256 === undefined ? newest.get(adw, path) : one.get(adw, path, sha256)) as
        | ArtifactRow
        | undefined;
      if (row === undefined) return undefined;
      if (!(await files.isThere(row.sha256, row.size))) {
        damaged(adwId, row);
        return undefined;
      }
      const read: StoredArtifact['read'] = async range => {
        if (await files.isWhole(row.sha256, row.size)) return files.read(row.sha256, range);
        damaged(adwId, row);
        throw new AdwStreamError('not_found', 'The artifact is not what was stored any more.');
      };
      return { ...infoOf(adwId, row), read };
    },
    list: adwId => (all.all(adws.find(adwId) ?? null) as ArtifactRow[]).map(row => infoOf(adwId, row)),
    remove: (adw, version) =>
      oneAtATime(async () => {
        for (const { sha256, size } of forget.all(adw, version) as { sha256: string; size: number }[]) {
          if (isUsed(sha256)) continue;
          await files.remove(sha256);
          bytes -= size;
        }
      }),
    probe: size => probe(join(dir, 'probe'), size),
  };
}

/** Writes a file of `size` bytes and takes it back; a full disk too, since what it took of the file is room that the log needs. */
async function probe(file: string, size: number): Promise<void> {
  try {
    await writeFile(file, Buffer.alloc(size), { mode: 0o600, flush: true });
  } finally {
    await rm(file, { force: true });
  }
}

/** Opens what makes a row of a version, or its row the newest. */
function openRefer(connection: Connection, adws: Names): (artifact: ArtifactInfo) => 'created' | 'exists' {
  const { find, insert } = openStatements(connection);
  return ({ adwId, path, sha256, mediaType, size, storedAt }) =>
    transaction(connection, () => {
      const adw = adws.give(adwId);
      const found = find.get(adw, path, sha256) !== undefined;
      // Replacing gives the row a new version number: what was put last is the newest.
      insert.run(adw, path, sha256, mediaType, size, storedAt);
      return found ? 'exists' : 'created';
    });
}

function openStatements(connection: Connection) {
  const columns = 'path, sha256, media_type, size, stored_at';
  const find = connection.prepare('SELECT version FROM artifacts WHERE adw = ? AND path = ? AND sha256 = ?');
  const insert = connection.prepare(`INSERT OR REPLACE INTO artifacts (adw, ${columns}) VALUES (?, ?, ?, ?, ?, ?)`);
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
  return { find, insert, newest, one, all, forget, users, total };
}

function infoOf(adwId: string, { path, sha256, media_type, size, stored_at }: ArtifactRow): ArtifactInfo {
  return { adwId, path, sha256, mediaType: media_type, size, storedAt: stored_at };
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
