import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/base/log.ts';
import { openConnection } from '../../../../src/server/store/sqlite/connection.ts';
import { openSqliteStore } from '../../../../src/server/store/sqlite/index.ts';
import { program } from '../../../support/program.ts';
import { anArtifact, anEventEntry, idsOf } from '../contract/entries.ts';

const HOLDER = fileURLToPath(new URL('./holder-program.ts', import.meta.url));
const CONTENDER = fileURLToPath(new URL('./contender-program.ts', import.meta.url));

let dataDir: string;
const open = (dir = dataDir) => openSqliteStore({ dataDir: dir, log: silentLogger });

/** A process that has the data directory. */
const hold = async (dir = dataDir) => {
  const holder = spawn(process.execPath, [await program(HOLDER), dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  return holder;
};

/** A data directory that another process has, and what became of each attempt to open it after its lock file was removed. */
let contended: { dir: string; holder: ChildProcess; outcomes: Promise<unknown[]> };
// Every attempt waits for SQLite for five seconds, and its thread with it: meanwhile the other tests run.
beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'adw-data-contended-'));
  const holder = await hold(dir);
  const contender = new Worker(await program(CONTENDER), { argv: [dir] });
  contended = { dir, holder, outcomes: once(contender, 'message').then(([outcomes]) => outcomes) };
});
afterAll(() => rm(contended.dir, { recursive: true, force: true }));

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'adw-data-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

describe('the data directory', () => {
  it('is made, with its parents, readable by its owner alone', async () => {
    const dir = join(dataDir, 'a', 'b');
    const store = await open(dir);
    expect((await stat(dir)).mode & 0o077).toBe(0);
    await store.close();
  });

  it('and all of the log in it are readable by their owner alone, whatever the umask and what was there', async () => {
    const umask = process.umask(0);
    try {
      await chmod(dataDir, 0o755);
      await mkdir(join(dataDir, 'artifacts'), { mode: 0o755 });
      for (const file of ['log.db', 'lock.db']) await writeFile(join(dataDir, file), '', { mode: 0o644 });
      const store = await open();
      await store.append([anEventEntry({ id: 'a' })]);
      await store.putArtifact(anArtifact('a.txt', 'a'));
      const names = await readdir(dataDir, { recursive: true });
      expect(names).toEqual(expect.arrayContaining(['log.db', 'log.db-wal', 'log.db-shm', 'lock.db', 'head']));
      for (const name of ['.', ...names]) {
        expect([name, (await stat(join(dataDir, name))).mode & 0o077]).toEqual([name, 0]);
      }
      await store.close();
    } finally {
      process.umask(umask);
    }
  });

  it('belongs to one server at a time', async () => {
    const store = await open();
    await expect(open()).rejects.toMatchObject({ code: 'data_dir_in_use' });
    await store.append([anEventEntry({ id: 'a' })]);
    await store.close();
    const next = await open();
    expect(next.lastSeq).toBe(1);
    await next.close();
  });

  it('belongs to another process while that lives, and is free once it was killed', async () => {
    const holder = await hold();
    await expect(open()).rejects.toMatchObject({ code: 'data_dir_in_use' });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const store = await open();
    expect(store.lastSeq).toBe(1);
    await store.close();
  });

  it('is refused where it cannot be written', async () => {
    await writeFile(join(dataDir, 'file'), '');
    await expect(open(join(dataDir, 'file'))).rejects.toMatchObject({ code: 'data_dir_unwritable' });
    await expect(open(join(dataDir, 'file', 'below'))).rejects.toMatchObject({ code: 'data_dir_unwritable' });
  });

  it('is refused, and not kept, when its log is no database', async () => {
    await writeFile(join(dataDir, 'log.db'), 'something else'.repeat(1_000));
    for (const _ of [1, 2]) await expect(open()).rejects.toMatchObject({ code: 'data_dir_unwritable' });
  });

  it('is refused, and left as it is, when a newer version wrote it', async () => {
    await (await open()).close();
    const connection = openConnection(join(dataDir, 'log.db'));
    connection.exec('PRAGMA user_version = 999');
    connection.close();
    await expect(open()).rejects.toMatchObject({ code: 'data_dir_newer', message: expect.stringContaining('999') });
    const again = openConnection(join(dataDir, 'log.db'));
    expect(again.prepare('PRAGMA user_version').get()).toMatchObject({ user_version: 999 });
    again.close();
  });

  it('has everything in its database after a clean close, nothing in the write-ahead log', async () => {
    const store = await open();
    await store.append([anEventEntry({ id: 'a' })]);
    await store.close();
    expect((await stat(join(dataDir, 'log.db-wal'))).size).toBe(0);
    expect((await stat(join(dataDir, 'log.db'))).size).toBeGreaterThan(0);
  });
});

describe('a log that is not the one that was here before', () => {
  /** The epoch of the log in the data directory, as a server sees it that then takes an event in and is killed. */
  const epochNow = async (before: () => Promise<void> = async () => {}): Promise<string> => {
    const holder = spawn(process.execPath, [await program(HOLDER), dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(holder.stdout, 'data')) as [Buffer];
    await before();
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    return line.toString().trim();
  };

  it('is another epoch when it was restored from a backup, in place or as a whole, or without its head', async () => {
    const backup = `${dataDir}-backup`;
    try {
      const epoch = await epochNow();
      await cp(dataDir, backup, { recursive: true });
      expect(await epochNow()).toBe(epoch);
      for (const file of ['log.db', 'log.db-wal']) await cp(join(backup, file), join(dataDir, file));
      const second = await epochNow();
      expect(second).not.toBe(epoch);
      await rm(dataDir, { recursive: true });
      await cp(backup, dataDir, { recursive: true });
      const third = await epochNow();
      expect([epoch, second]).not.toContain(third);
      await rm(join(dataDir, 'head'));
      expect(await epochNow()).not.toBe(third);
    } finally {
      await rm(backup, { recursive: true, force: true });
    }
  });

  it('is another epoch when a copy was given the inode of the file that it replaces', async () => {
    const epoch = await epochNow();
    const head = JSON.parse(await readFile(join(dataDir, 'head'), 'utf8')) as Record<string, unknown>;
    await writeFile(join(dataDir, 'head'), JSON.stringify({ ...head, logBornMs: 1 }));
    expect(await epochNow()).not.toBe(epoch);
  });

  it('keeps its epoch over kills, and over a start of the version before heads', async () => {
    const epoch = await epochNow();
    expect(await epochNow()).toBe(epoch);
    const connection = openConnection(join(dataDir, 'log.db'));
    connection.exec('UPDATE log SET headed = 0');
    connection.close();
    await rm(join(dataDir, 'head'));
    expect(await epochNow()).toBe(epoch);
  });

  it('is another epoch when it has lost what was acknowledged', async () => {
    const epoch = await epochNow();
    expect(await epochNow(() => truncate(join(dataDir, 'log.db-wal')))).toBe(epoch);
    expect(await epochNow()).not.toBe(epoch);
  });
});

describe('a file of the log that goes while the server runs', () => {
  const damaged = async (damage: () => Promise<void>) => {
    const store = await open();
    await store.append([anEventEntry({ id: 'kept' })]);
    await damage();
    expect(store.health()).toMatchObject({ status: 'degraded', reason: expect.stringContaining('restart') });
    for (const id of ['lost', 'lost too']) {
      await expect(store.append([anEventEntry({ id })])).rejects.toMatchObject({ code: 'store_unavailable' });
    }
    expect(store.health()).toMatchObject({ status: 'degraded' });
    await store.close();
  };

  it('is noticed by whatever writes first, so that no write hides it', async () => {
    const store = await open();
    await store.append([anEventEntry({ id: 'kept' })]);
    await truncate(join(dataDir, 'log.db-wal'), 0);
    const refusal = { code: 'store_unavailable' };
    await expect(store.records.put('card', 'one', {})).rejects.toMatchObject(refusal);
    await expect(store.saveSnapshot({ adwId: '1a2b3c4d', seq: 1, version: 1, stateJson: '{}' })).rejects.toMatchObject(
      refusal,
    );
    expect(store.health()).toMatchObject({ status: 'degraded' });
    await store.close();
  });

  it('is noticed when it is the write-ahead log, whose events are saved into the database', async () => {
    await damaged(() => rm(join(dataDir, 'log.db-wal')));
    const store = await open();
    expect(idsOf(await store.read({ limit: 10 }))).toEqual(['kept']);
    await store.close();
  });

  it.each([
    ['the write-ahead log, cut off', 'log.db-wal', 0],
    ['the write-ahead log, cut in the middle', 'log.db-wal', 4_096],
    ['the database, cut off', 'log.db', 0],
    ['the database, cut in the middle', 'log.db', 8_192],
  ])('is noticed when it is %s', async (_, file, size) => {
    await (await open()).close();
    await damaged(() => truncate(join(dataDir, file), size));
  });

  it('is noticed when it is the database', async () => {
    await damaged(() => rm(join(dataDir, 'log.db')));
  });
});

describe('a data directory whose lock file is removed while a process has it', () => {
  it('belongs to that process while it lives', async () => {
    const { dir, holder, outcomes } = contended;
    expect(await outcomes).toEqual(Array(3).fill('data_dir_in_use'));
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await (await open(dir)).close();
  });
});
