import { createHash } from 'node:crypto';
import { appendFileSync, renameSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LINE_BYTES_MAX } from '../../../src/event/limits.ts';
import { GenerationReader } from '../../../src/sidecar/tail/generation-reader.ts';
import type { LineBatch } from '../../../src/sidecar/tail/line-batch.ts';
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

describe('lines of UTF-16', () => {
  /** Characters of which a byte, or two bytes of neighbours, look like a newline. */
  const TEXT = ['\ufeff{"a":"\u010a\u0a00\u0a0a"}', '上\u0a01\r', '', '"\u0a0d\u0d0a"'];
  const bytesOf = (text: string, encoding: 'utf-16le' | 'utf-16be') => {
    const bytes = Buffer.from(text, 'utf16le');
    return encoding === 'utf-16le' ? bytes : bytes.swap16();
  };

  it.each(['utf-16le', 'utf-16be'] as const)('end at newlines alone (%s), wherever a read ends', encoding => {
    const whole = bytesOf(`${TEXT.join('\n')}\n`, encoding);
    for (let cut = 1; cut < whole.length; cut += 1) {
      const { path, reader } = fileWith(whole.subarray(0, cut));
      const first = readAll(reader);
      appendFileSync(path, whole.subarray(cut));
      const batches = [...first, ...readAll(reader)];
      const lines = batches.flatMap(batch => batch.lines);
      expect(lines.map(({ bytes }) => bytes)).toEqual(TEXT.map(text => bytesOf(text, encoding)));
      expect(lines.map(({ offset }) => offset)).toEqual([0, ...lines.map(one => one.offset + one.length).slice(0, -1)]);
      expect(lines[0]?.encoding).toBe(encoding);
      expect(reader.offset).toBe(whole.length);
      reader.release();
    }
  });

  it('of several megabytes are found too', () => {
    const long = '\u010a'.repeat(1_500_000);
    const whole = bytesOf(`\ufeff${long}\nb\n`, 'utf-16le');
    const { reader } = fileWith(whole);
    expect(readAll(reader).flatMap(({ lines }) => lines.map(({ length }) => length))).toEqual([3_000_004, 4]);
  });

  it('have no half of a character in a last one without newline, until nothing more can come', () => {
    const whole = bytesOf('\ufeff{"a":1}\n', 'utf-16le');
    const { path, reader } = fileWith(whole.subarray(0, -1));
    expect(reader.peekHeld(true)?.length).toBe(17);
    expect(reader.readHeld()?.lines[0]).toMatchObject({ offset: 0, length: 16, terminated: false });
    appendFileSync(path, Buffer.concat([whole.subarray(-1), bytesOf('b\n', 'utf-16le')]));
    expect(readAll(reader).flatMap(({ lines }) => lines)).toMatchObject([{ number: 2, offset: 18, length: 4 }]);
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
    expect(reader.peekHeld()?.bytes.toString()).toBe('{"a":1}');
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
