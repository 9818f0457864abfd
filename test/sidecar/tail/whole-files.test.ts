import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FoundFile } from '../../../src/sidecar/flow.ts';
import { type WhichFiles, WholeFiles } from '../../../src/sidecar/tail/whole-files.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

function inDirectory() {
  const directory = temporaryDirectory();
  const { log, recorded } = recordingLogger();
  const files = new WholeFiles({ log });
  const found = (path: string, kind: FoundFile['kind'] = 'state'): FoundFile => ({
    kind,
    path,
    absolute: join(directory, path),
    role: undefined,
  });
  const write = (path: string, text: string | Buffer, writtenAt: number) => {
    const { absolute } = found(path);
    mkdirSync(dirname(absolute), { recursive: true });
    writeFileSync(absolute, text);
    utimesSync(absolute, writtenAt / 1000, writtenAt / 1000);
  };
  const settled = (now: number, which: WhichFiles = 'all') =>
    [...files.settled(now, which)].map(({ found: { path }, bytes }) => `${path}: ${bytes}`);
  return { files, found, write, settled, recorded };
}

describe('a file that counts as a whole', () => {
  it('is read at once when it is old, else once it has been quiet for a tenth of a second', () => {
    const { files, found, write, settled } = inDirectory();
    const now = Date.now();
    write('old.json', 'old', now - 60_000);
    write('new.json', 'new', now);
    for (const path of ['old.json', 'new.json']) files.add(found(path), now);
    expect(settled(now)).toEqual(['old.json: old']);
    expect(settled(now + 50)).toEqual(['old.json: old']);
    expect(settled(now + 150)).toEqual(['old.json: old', 'new.json: new']);
  });

  it('stays pending until its reader has said that it was complete, and is read again when it has changed', () => {
    const { files, found, write, settled } = inDirectory();
    const now = Date.now();
    write('a.json', 'half', now - 60_000);
    files.add(found('a.json'), now);
    expect([settled(now, 'pending'), settled(now, 'pending')]).toEqual([['a.json: half'], ['a.json: half']]);
    files.done(found('a.json'));
    expect([files.isPending, settled(now, 'pending'), settled(now)]).toEqual([false, [], []]);
    write('a.json', 'whole now', now);
    expect(settled(now, { absolute: found('a.json').absolute })).toEqual([]);
    expect(settled(now + 150, 'pending')).toEqual(['a.json: whole now']);
    files.done(found('a.json'));
    files.forget();
    expect(settled(now + 300)).toEqual(['a.json: whole now']);
  });

  it('is given up as unfinished after two seconds', () => {
    const { files, found, write } = inDirectory();
    const now = Date.now();
    write('a.json', '{', now);
    files.add(found('a.json'), now);
    expect([...files.settled(now, 'all')]).toEqual([]);
    const isFinal = (at: number) => [...files.settled(at, 'all')].map(one => one.isFinal);
    expect([isFinal(now + 1_900), isFinal(now + 2_100)]).toEqual([[false], [true]]);
  });

  it('is forgotten when it is gone, and has to be found again', () => {
    const { files, found, write, settled } = inDirectory();
    const now = Date.now();
    write('a.json', 'one', now - 60_000);
    files.add(found('a.json'), now);
    expect(files.has(found('a.json').absolute)).toBe(true);
    rmSync(found('a.json').absolute);
    expect([settled(now), files.has(found('a.json').absolute)]).toEqual([[], false]);
    expect([files.takeLost(), files.takeLost()]).toEqual([true, false]);
  });

  it('is left out, with a line in the log, when it is larger than a file of its kind may be', () => {
    const { files, found, write, settled, recorded } = inDirectory();
    const now = Date.now();
    write('big.bin', Buffer.alloc(8 * 1024 * 1024 + 1), now - 60_000);
    files.add(found('big.bin', 'other'), now);
    expect([settled(now), files.isPending]).toEqual([[], false]);
    expect(recorded.map(({ name }) => name)).toEqual(['file_too_large']);
  });
});
