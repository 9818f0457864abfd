import { createHash } from 'node:crypto';
import { appendFileSync, renameSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LINE_BYTES_MAX } from '../../../src/event/limits.ts';
import { GenerationReader, type LineBatch } from '../../../src/sidecar/tail/generation-reader.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

function fileWith(content: string | Buffer): { path: string; reader: GenerationReader } {
  const path = join(temporaryDirectory(), 'raw_output.jsonl');
  writeFileSync(path, content);
  return { path, reader: new GenerationReader(path) };
}

function readAll(reader: GenerationReader): LineBatch[] {
  const batches: LineBatch[] = [];
  for (;;) {
    const outcome = reader.read();
    if (outcome.kind === 'lines') batches.push(outcome.batch);
    else if (outcome.kind !== 'busy') return batches;
  }
}

const textOf = (batches: readonly LineBatch[]) =>
  batches.flatMap(batch => batch.lines.map(line => line.bytes.toString('utf8')));

describe('complete lines', () => {
  it('are read once, in order, and what has no newline yet is held back', () => {
    const { path, reader } = fileWith('one\ntwo\nthr');
    expect(textOf(readAll(reader))).toEqual(['one', 'two']);
    expect(reader.read()).toEqual({ kind: 'idle', held: 3 });
    appendFileSync(path, 'ee\nfour\n');
    expect(textOf(readAll(reader))).toEqual(['three', 'four']);
  });

  it('are read from a file that was renamed or unlinked meanwhile', () => {
    const { path, reader } = fileWith('one\n');
    readAll(reader);
    appendFileSync(path, 'two\n');
    renameSync(path, `${path}.1`);
    expect(textOf(readAll(reader))).toEqual(['two']);
    appendFileSync(`${path}.1`, 'three\n');
    unlinkSync(`${path}.1`);
    expect(textOf(readAll(reader))).toEqual(['three']);
  });

  it('carry the hashes of the bytes on disk that they cover', () => {
    const content = `${'x'.repeat(5_000)}\n${'y'.repeat(200)}\nshort\n`;
    const { reader } = fileWith(content);
    const [batch] = readAll(reader);
    expect(batch?.hash(5_001, 5_202)).toBe(sha256(content.slice(5_001, 5_202)));
    expect(batch?.tailHash(content.length)).toBe(sha256(content.slice(-4_096)));
    expect(batch?.tailHash(10)).toBe(sha256(content.slice(0, 10)));
  });

  it('of several megabytes are read whole, also when they grow in pieces', () => {
    const long = 'z'.repeat(3_000_000);
    const { path, reader } = fileWith(`head\n${long.slice(0, 1_000_000)}`);
    expect(textOf(readAll(reader))).toEqual(['head']);
    appendFileSync(path, long.slice(1_000_000));
    expect(readAll(reader)).toEqual([]);
    appendFileSync(path, '\nafter\n');
    const lines = textOf(readAll(reader));
    expect(lines.map(line => line.length)).toEqual([3_000_000, 5]);
  });

  it('longer than the limit become a stub with the hash of the whole, and harm no neighbour', () => {
    const huge = Buffer.alloc(LINE_BYTES_MAX + 10, 'h');
    const { path, reader } = fileWith('before\n');
    appendFileSync(path, huge);
    appendFileSync(path, '\nafter\n');
    const lines = readAll(reader).flatMap(batch => batch.lines);
    expect(lines.map(({ length }) => length)).toEqual([7, huge.length + 1, 6]);
    expect(lines[1]?.oversized).toEqual({ sha256: sha256(huge) });
    expect(lines[1]?.bytes.length).toBeLessThan(10_000);
    expect(lines[2]?.number).toBe(3);
  });
});

describe('a line that does not end, of 200 MB', () => {
  it('is searched for its end a turn at a time, so that other files get theirs', () => {
    const { path, reader } = fileWith('before\n');
    truncateSync(path, 200_000_000);
    expect(reader.read().kind).toBe('lines');
    let turns = 1;
    while (reader.read().kind === 'busy') turns += 1;
    expect(turns).toBeGreaterThan(10);
  });
});

describe('a last line without newline', () => {
  it('is delivered when the caller takes it for complete, and its newline later makes no line of its own', () => {
    const { path, reader } = fileWith('one\n{"a":1}');
    readAll(reader);
    expect(reader.peekHeld()?.toString()).toBe('{"a":1}');
    const held = reader.readHeld();
    expect(held?.lines[0]).toMatchObject({ number: 2, offset: 4, length: 7, terminated: false });
    appendFileSync(path, '\ntwo\n');
    const [batch] = readAll(reader);
    expect(batch).toMatchObject({ offset: 11, end: 16 });
    expect(batch?.lines.map(({ offset, number }) => ({ offset, number }))).toEqual([{ offset: 12, number: 3 }]);
  });
});

describe('a rewrite in place', () => {
  it('is noticed when the file is shorter', () => {
    const { path, reader } = fileWith('one\ntwo\n');
    readAll(reader);
    writeFileSync(path, 'uno\n');
    expect(reader.read().kind).toBe('rewritten');
  });

  it('is noticed when the file has grown past the old offset', () => {
    const { path, reader } = fileWith('one\ntwo\n');
    readAll(reader);
    writeFileSync(path, 'uno\ndos\ntres\n');
    expect(reader.read().kind).toBe('rewritten');
    expect(reader.isIntact()).toBe(false);
  });

  it('is noticed when the file has the same first line, by the bytes before the offset', () => {
    const { path, reader } = fileWith('init\ntwo\n');
    readAll(reader);
    writeFileSync(path, 'init\nTWO\nthree\n');
    expect(reader.read().kind).toBe('rewritten');
  });

  it('is noticed when the file has the very same size', () => {
    const { path, reader } = fileWith('one\ntwo\n');
    readAll(reader);
    truncateSync(path);
    writeFileSync(path, 'uno\ndos\n');
    expect(reader.read().kind).toBe('rewritten');
  });
});

describe('a position', () => {
  it('is believed only when the bytes before it are on disk', () => {
    const content = 'one\ntwo\n';
    const { reader } = fileWith(content);
    expect(reader.matches(8, sha256(content))).toBe(true);
    expect(reader.matches(4, sha256('one\n'))).toBe(true);
    expect(reader.matches(4, sha256('two\n'))).toBe(false);
    expect(reader.matches(9, sha256(content))).toBe(false);
  });
});
