import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openWatched, readWatched } from '../../../src/sidecar/tail/open-watched.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

function watched() {
  const root = temporaryDirectory();
  const directory = join(root, 'agents', 'planner');
  mkdirSync(directory, { recursive: true });
  mkdirSync(join(root, 'secret'));
  writeFileSync(join(root, 'secret', 'file'), 'secret');
  const path = join(directory, 'file');
  writeFileSync(path, 'text');
  return { root, directory, path };
}

/** What this process has open of these files and of what lies below them; its sockets and pipes come and go by themselves. */
function openOf(...paths: string[]): string[] {
  return readdirSync('/proc/self/fd').flatMap(fd => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return paths.some(path => target === path || target.startsWith(`${path}/`)) ? [target] : [];
    } catch {
      return []; // closed meanwhile
    }
  });
}

describe('a watched file', () => {
  it('is opened where it was found, and read as far as it goes', () => {
    const { path } = watched();
    const { fd, stats } = openWatched(path, statSync(path));
    closeSync(fd);
    expect(stats.size).toBe(4);
    expect(readWatched(path, { length: 2 }).toString()).toBe('te');
    expect(readWatched(path, { length: 9 }).toString()).toBe('text');
  });

  it('is not opened behind a link: its own, or one in the place of a directory above it', () => {
    const { root, directory, path } = watched();
    rmSync(path);
    symlinkSync(join(root, 'secret', 'file'), path);
    expect(() => openWatched(path)).toThrow('ELOOP');
    renameSync(directory, `${directory}.old`);
    symlinkSync(join(root, 'secret'), directory);
    expect(() => openWatched(path)).toThrow('ELOOP');
    renameSync(join(root, 'agents'), join(root, 'moved'));
    symlinkSync(join(root, 'moved'), join(root, 'agents'));
    expect(() => openWatched(path)).toThrow('ELOOP');
  });

  it('is not opened when it is another one than was found', () => {
    const { path } = watched();
    const found = statSync(path);
    renameSync(path, `${path}.old`);
    writeFileSync(path, 'other');
    expect(() => openWatched(path, found)).toThrow('ENOENT');
  });

  it('holds nothing up when it is a FIFO, a socket, a directory or a device, and costs no descriptor', async () => {
    const { root, directory, path } = watched();
    const before = openOf(root, '/dev/null');
    rmSync(path);
    execFileSync('mkfifo', [path]);
    for (const wrong of [path, directory, '/dev/null']) {
      expect(() => openWatched(wrong)).toThrow('ENOENT');
    }
    const socket = join(directory, 'socket');
    const server = createServer().listen(socket);
    await once(server, 'listening');
    expect(() => openWatched(socket)).toThrow(/ENXIO|ENOENT/);
    server.close();
    await once(server, 'close');
    expect(openOf(root, '/dev/null')).toEqual(before);
  });
});
