import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import type { ReadLines } from '../../../src/sidecar/flow.ts';
import { ArrivalJournal } from '../../../src/sidecar/tail/journal.ts';
import { GenerationRegistry } from '../../../src/sidecar/tail/registry.ts';
import { HELD_QUIET_MS, TailedFile } from '../../../src/sidecar/tail/tailed-file.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/** A path that is tailed beside a log that holds nothing of it. */
function tailed() {
  const directory = temporaryDirectory();
  const absolute = join(directory, 'raw_output.jsonl');
  const registry = new GenerationRegistry();
  registry.replace([]);
  const ended: number[] = [];
  const unreadable: string[] = [];
  const file = new TailedFile(
    { kind: 'stream', path: 'planner/raw_output.jsonl', absolute, role: 'planner' },
    {
      adwId: '1a2b3c4d',
      registry,
      journal: new ArrivalJournal(join(directory, 'journal'), silentLogger),
      follow: true,
      readsKnown: false,
      isWhole: ({ bytes }) => bytes.toString().startsWith('{'),
      renamedFrom: () => undefined,
      unreadOf: () => 0,
      onDisputed: () => {},
      isUnchanged: () => false,
      acknowledgedUpTo: () => ({ next: 0, lines: 0 }),
      onUnproven: () => {},
      onEnded: (_generation, lostBytes) => void ended.push(lostBytes),
      onUnreadable: code => void unreadable.push(code),
    },
  );
  return { directory, absolute, file, ended, unreadable };
}

const textsOf = (read: ReadLines | undefined) => read?.lines.map(({ bytes }) => bytes.toString());

/** Polls, then reads until there is nothing more. */
function readAll(file: TailedFile, now = Date.now()): { attempt: number; reason: string; texts: string[] }[] {
  file.poll(now);
  const found = [];
  for (let read = file.read(now); read; read = file.read(now)) {
    const { attempt, reason } = read.generation;
    found.push({ attempt, reason, texts: textsOf(read) ?? [] });
  }
  return found;
}

describe('a tailed path', () => {
  it('keeps files apart that begin alike, also where none of them was read before the next lay there', () => {
    const { directory, absolute, file } = tailed();
    writeFileSync(absolute, 'same\none\n');
    file.poll(Date.now());
    writeFileSync(join(directory, 'next'), 'same\ntwo\n');
    renameSync(join(directory, 'next'), absolute);
    file.poll(Date.now());
    const reads = [file.read(Date.now()), file.read(Date.now())];
    expect(reads.map(textsOf)).toEqual([
      ['same', 'one'],
      ['same', 'two'],
    ]);
    expect(reads.map(read => read?.from)).toEqual([0, 0]);
    expect(new Set(reads.map(read => read?.generation.fingerprint)).size).toBe(2);
  });

  it('gives complete lines once, and a last one without newline after a quiet second, if it is a whole value', () => {
    const { absolute, file } = tailed();
    const now = Date.now();
    writeFileSync(absolute, 'one\ntwo\n{"thr');
    expect(readAll(file, now)).toEqual([{ attempt: 1, reason: 'new', texts: ['one', 'two'] }]);
    appendFileSync(absolute, 'ee":3}');
    expect(readAll(file, now + 10)).toEqual([]);
    expect(readAll(file, now + 10 + HELD_QUIET_MS + 1)).toMatchObject([{ texts: ['{"three":3}'] }]);
    appendFileSync(absolute, '\nfour\n');
    expect(readAll(file, now + 5_000).flatMap(({ texts }) => texts)).toContain('four');
  });

  it('begins another attempt when the file was cut off or written anew, and says how many bytes were never read', () => {
    const { absolute, file, ended } = tailed();
    writeFileSync(absolute, 'one\ntwo\n');
    readAll(file);
    appendFileSync(absolute, 'unread\n');
    file.poll(Date.now());
    truncateSync(absolute, 0);
    writeFileSync(absolute, 'again\n');
    expect(readAll(file)).toEqual([{ attempt: 2, reason: 'rewritten', texts: ['again'] }]);
    expect(ended).toEqual(['unread\n'.length]);
  });

  it('reads a file to its end whose name was taken by another, then that one', () => {
    const { directory, absolute, file } = tailed();
    writeFileSync(absolute, 'one\n');
    readAll(file);
    appendFileSync(absolute, 'two\n');
    renameSync(absolute, join(directory, 'old.jsonl'));
    writeFileSync(absolute, 'other\n');
    expect(readAll(file).map(({ attempt, texts }) => [attempt, ...texts])).toEqual([
      [1, 'two'],
      [2, 'other'],
    ]);
  });

  it('is empty while nothing lies there, and follows what comes back', () => {
    const { absolute, file } = tailed();
    expect([readAll(file), file.current, file.writtenAt]).toEqual([[], undefined, 0]);
    writeFileSync(absolute, 'one\n');
    expect(readAll(file)).toMatchObject([{ texts: ['one'] }]);
    rmSync(absolute);
    readAll(file);
    writeFileSync(absolute, 'back\n');
    expect(readAll(file).flatMap(({ texts }) => texts)).toEqual(['back']);
  });

  it('follows no link, and a directory is no file', () => {
    const { directory, absolute, file } = tailed();
    writeFileSync(join(directory, 'secret'), 'secret\n');
    symlinkSync(join(directory, 'secret'), absolute);
    expect(readAll(file)).toEqual([]);
    rmSync(absolute);
    mkdirSync(absolute);
    expect([readAll(file), file.current]).toEqual([[], undefined]);
  });
});
