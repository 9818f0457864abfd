import { AdwStreamError } from '../../../base/errors.ts';
import { shortHash } from '../../../event/id.ts';
import { type Connection, transaction } from './connection.ts';

/**
 * The schema, as the steps that led to it. A step is never edited once it was released: databases remember by number
 * which of them they have had.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE log (epoch TEXT NOT NULL, last_seq INTEGER NOT NULL);

  -- Names of types and roles, so that five million events hold small numbers.
  CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

  -- Every ADW that was ever in the log; one that retention removed stays with 0 events, for its positions.
  CREATE TABLE adws (
    id INTEGER PRIMARY KEY, adw_id TEXT NOT NULL UNIQUE,
    appended_at INTEGER NOT NULL, events INTEGER NOT NULL, bytes INTEGER NOT NULL);

  CREATE TABLE events (
    seq INTEGER PRIMARY KEY, adw INTEGER NOT NULL, type INTEGER NOT NULL, role INTEGER, time INTEGER NOT NULL,
    duration REAL, status INTEGER NOT NULL, id_hash INTEGER NOT NULL, data TEXT NOT NULL);
  -- Covers all columns but the body: an ADW is drawn, paged and filtered without reading bodies it does not want.
  CREATE INDEX events_of_adw ON events (adw, seq, type, role, time, duration, status, id_hash);

  -- Only events outside units: a unit is deduplicated by its position, which costs nothing per event.
  CREATE TABLE event_ids (adw INTEGER NOT NULL, event_id TEXT NOT NULL, PRIMARY KEY (adw, event_id)) WITHOUT ROWID;

  CREATE TABLE positions (
    adw INTEGER NOT NULL, path TEXT NOT NULL, fingerprint TEXT NOT NULL, attempt INTEGER NOT NULL, next INTEGER NOT NULL,
    lines INTEGER NOT NULL, tail_sha256 TEXT NOT NULL, terminated INTEGER NOT NULL,
    PRIMARY KEY (adw, path, fingerprint)) WITHOUT ROWID;

  CREATE TABLE artifacts (
    version INTEGER PRIMARY KEY, adw INTEGER NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL,
    media_type TEXT NOT NULL, size INTEGER NOT NULL, stored_at INTEGER NOT NULL, UNIQUE (adw, path, sha256));
  CREATE INDEX artifacts_of_sha256 ON artifacts (sha256);

  CREATE TABLE snapshots (
    adw INTEGER PRIMARY KEY, seq INTEGER NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL);

  -- Words only (detail=none): a third of the size and of the work; searches of a log are not for phrases.
  CREATE VIRTUAL TABLE search USING fts5 (text, content='', contentless_delete=1, detail=none);
  -- Texts that are durable and not yet searchable; see search-indexer.ts.
  CREATE TABLE search_queue (seq INTEGER PRIMARY KEY, text TEXT NOT NULL);
  `,
  `
  -- Empty but for moments: where a store that could not be written tries whether it can again; see probe.ts.
  CREATE TABLE probe (id INTEGER PRIMARY KEY, filler BLOB NOT NULL);
  `,
  `
  -- A row for each group of neighbouring events instead of each event (search-groups.ts), made anew from the events after
  -- indexed_to: texts no longer wait in a table. Pages of the index as large as those of the database.
  DROP TABLE search_queue;
  DROP TABLE search;
  CREATE VIRTUAL TABLE search USING fts5 (text, content='', contentless_delete=1, detail=none);
  INSERT INTO search (search, rank) VALUES ('pgsz', 8000);
  ALTER TABLE log ADD COLUMN indexed_to INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- What is remembered beside the log; see records.ts.
  CREATE TABLE records (kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
  `,
  `
  -- The ranges that the log holds of each file generation (positions.ts): what proves that a unit is a duplicate. Those of
  -- before this step are not in it, and prove nothing. sha256 is empty for a range that was only skipped.
  CREATE TABLE units (
    adw INTEGER NOT NULL, file INTEGER NOT NULL, end INTEGER NOT NULL, offset INTEGER NOT NULL, sha256 BLOB NOT NULL,
    PRIMARY KEY (adw, file, end)) WITHOUT ROWID;
  `,
  `
  -- Whether a head lies beside the log (continuity.ts): where it is missing then, the log came here from elsewhere.
  ALTER TABLE log ADD COLUMN headed INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- What a word is says ../words.ts; the index only splits what that wrote. Made anew from the events.
  DROP TABLE search;
  CREATE VIRTUAL TABLE search USING fts5 (text, content='', contentless_delete=1, detail=none, tokenize='ascii');
  INSERT INTO search (search, rank) VALUES ('pgsz', 8000);
  UPDATE log SET indexed_to = 0;
  `,
];

/**
 * Brings the schema of `connection` to this version, and begins the log if it is new.
 * @throws AdwStreamError data_dir_newer when a newer adw-stream wrote it
 */
export function migrate(connection: Connection, randomName: string): void {
  const { user_version: version } = connection.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version > MIGRATIONS.length) {
    throw new AdwStreamError(
      'data_dir_newer',
      `The data directory has schema ${version}; this adw-stream knows ${MIGRATIONS.length}.`,
    );
  }
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < version) continue;
    transaction(connection, () => {
      connection.exec(sql);
      if (index === 0) {
        connection.prepare('INSERT INTO log (epoch, last_seq) VALUES (?, 0)').run(shortHash(randomName));
      }
      connection.exec(`PRAGMA user_version = ${index + 1}`);
    });
  }
}
