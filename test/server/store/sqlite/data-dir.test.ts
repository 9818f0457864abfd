import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/base/log.ts';
import { openConnection } from '../../../../src/server/store/sqlite/connection.ts';
import { openSqliteStore } from '../../../../src/server/store/sqlite/index.ts';
import { anEventEntry } from '../contract/entries.ts';

const RUNNER = fileURLToPath(new URL('../../../programs/run-typescript.mjs', import.meta.url));
const HOLDER = fileURLToPath(new URL('./holder-program.ts', import.meta.url));

let dataDir: string;
const open = (dir = dataDir) => openSqliteStore({ dataDir: dir, log: silentLogger });

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
    const holder = spawn(process.execPath, [RUNNER, HOLDER, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
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
