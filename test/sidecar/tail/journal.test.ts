import { appendFileSync, mkdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { ArrivalJournal } from '../../../src/sidecar/tail/journal.ts';
import { heapInUse } from '../../support/memory.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const open = (path: string) => new ArrivalJournal(path, silentLogger);

describe('the arrival journal', () => {
  it('tells when a byte arrived, live and after a restart', () => {
    const path = join(temporaryDirectory(), 'journal');
    const journal = open(path);
    journal.arrived('a b/raw_output.jsonl', 'f1', { end: 100, ms: 5_000 });
    journal.arrived('a b/raw_output.jsonl', 'f1', { end: 250, ms: 7_000 });
    journal.close();
    for (const reader of [journal, open(path)]) {
      expect(reader.timeOf('a b/raw_output.jsonl', 'f1', 0)).toBe(5_000);
      expect(reader.timeOf('a b/raw_output.jsonl', 'f1', 99)).toBe(5_000);
      expect(reader.timeOf('a b/raw_output.jsonl', 'f1', 100)).toBe(7_000);
      expect(reader.timeOf('a b/raw_output.jsonl', 'f1', 250)).toBeUndefined();
      expect(reader.sizeSeen('a b/raw_output.jsonl', 'f1')).toBe(250);
    }
  });

  it('says nothing of bytes that came while nobody watched', () => {
    const path = join(temporaryDirectory(), 'journal');
    const journal = open(path);
    journal.arrived('p', 'f', { end: 100, ms: undefined });
    journal.arrived('p', 'f', { end: 200, ms: 9_000 });
    journal.close();
    const reopened = open(path);
    expect(reopened.timeOf('p', 'f', 50)).toBeUndefined();
    expect(reopened.timeOf('p', 'f', 150)).toBe(9_000);
  });

  it.each([
    ['a time that is none', 't 9e18\n'],
    ['a time beyond all dates', 'a 0 300 9000000000000000000\n'],
    ['something else', 'g 0\0\0\0\n'],
    ['another program’s text', '{"a":1}\n'],
    ['a size that is none', 'u 0 1e300\n'],
  ])('that is damaged is put aside, with one warning: %s', (_what, record) => {
    const path = join(temporaryDirectory(), 'journal');
    const first = open(path);
    first.arrived('p', 'f', { end: 100, ms: 5_000 });
    first.close();
    appendFileSync(path, record);
    const { log, recorded } = recordingLogger();
    const journal = new ArrivalJournal(path, log);
    expect(journal.timeOf('p', 'f', 50)).toBeUndefined();
    expect(recorded.map(({ line }) => line)).toEqual([expect.stringContaining(`moved to ${path}.unread`)]);
    journal.arrived('p', 'f', { end: 200, ms: 9_000 });
    journal.close();
    expect(open(path).timeOf('p', 'f', 150)).toBe(9_000);
    expect(statSync(`${path}.unread`).size).toBeGreaterThan(0);
  });

  it('keeps none of its text in memory', () => {
    const path = join(temporaryDirectory(), 'journal');
    const fingerprint = 'f'.repeat(64);
    writeFileSync(path, `g 0 ${fingerprint} "p"\na 0 100 5000\n${'t 6000\n'.repeat(1_000_000)}`);
    const before = heapInUse();
    const journal = open(path);
    expect(heapInUse() - before).toBeLessThan(statSync(path).size / 2);
    expect(journal.timeOf('p', fingerprint, 0)).toBe(5_000);
  });

  it('knows when another writes too, as whose watch was taken over does once more', () => {
    const path = join(temporaryDirectory(), 'journal');
    const first = open(path);
    first.arrived('p', 'f', { end: 100, ms: 5_000 });
    const second = open(path);
    second.arrived('p', 'f', { end: 200, ms: 60_000 });
    first.arrived('q', 'f', { end: 100, ms: 61_000 });
    second.arrived('q', 'f', { end: 150, ms: 62_000 });
    second.arrived('p', 'f', { end: 300, ms: 63_000 });
    const reopened = open(path);
    const times = (file: string, ...offsets: number[]) => offsets.map(offset => reopened.timeOf(file, 'f', offset));
    expect(times('p', 99, 199, 299)).toEqual([5_000, 60_000, 63_000]);
    expect(times('q', 99, 149)).toEqual([61_000, 62_000]);
  });

  it('keeps no time of bytes in whose place others lie', () => {
    const path = join(temporaryDirectory(), 'journal');
    const journal = open(path);
    journal.arrived('p', 'f', { end: 100, ms: 5_000 });
    journal.rewritten('p', 'f');
    journal.arrived('p', 'f', { end: 50, ms: 9_000 });
    for (const reader of [journal, open(path)]) {
      expect(reader.timeOf('p', 'f', 10)).toBe(9_000);
      expect(reader.sizeSeen('p', 'f')).toBe(50);
    }
  });

  it('follows a clock that is put back', () => {
    const path = join(temporaryDirectory(), 'journal');
    const journal = open(path);
    journal.arrived('p', 'f', { end: 100, ms: 9_000_000 });
    journal.arrived('p', 'f', { end: 200, ms: 5_000 });
    journal.close();
    for (const reader of [journal, open(path)]) {
      expect(reader.timeOf('p', 'f', 99)).toBe(9_000_000);
      expect(reader.timeOf('p', 'f', 199)).toBe(5_000);
    }
  });

  it('survives a torn last line', () => {
    const path = join(temporaryDirectory(), 'journal');
    const journal = open(path);
    journal.arrived('p', 'f', { end: 100, ms: 5_000 });
    journal.close();
    appendFileSync(path, 'a 0 1');
    const restarted = open(path);
    restarted.arrived('p', 'f', { end: 300, ms: 6_000 });
    restarted.close();
    const reopened = open(path);
    expect(reopened.timeOf('p', 'f', 99)).toBe(5_000);
    expect(reopened.timeOf('p', 'f', 299)).toBe(6_000);
  });

  it('takes a few bytes for an arrival', () => {
    const path = join(temporaryDirectory(), 'journal');
    const journal = open(path);
    for (let n = 1; n <= 1_000; n++)
      journal.arrived('sdlc_planner/raw_output.jsonl', '0123456789abcdef', {
        end: n * 3_000,
        ms: 1_700_000_000_000 + n * 1_000,
      });
    journal.close();
    expect(statSync(path).size / 1_000).toBeLessThan(24);
  });

  it('takes a record that a kill cut off for none, also once the next watch has written behind it', () => {
    const path = join(temporaryDirectory(), 'journal');
    const journal = open(path);
    journal.arrived('p', 'f', { end: 100, ms: 5_000 });
    journal.arrived('p', 'f', { end: 200, ms: 9_000 });
    journal.close();
    truncateSync(path, statSync(path).size - 2); // 4000 ms after the last has become 400
    const restarted = open(path);
    restarted.arrived('p', 'f', { end: 300, ms: 20_000 });
    restarted.close();
    for (const reader of [restarted, open(path)]) expect(reader.timeOf('p', 'f', 250)).toBe(20_000);
    expect(open(path).timeOf('p', 'f', 99)).toBe(5_000);
  });

  it('says nothing of what arrived while nothing could be written down', () => {
    const directory = join(temporaryDirectory(), 'not there yet');
    const path = join(directory, 'journal');
    const journal = open(path);
    journal.arrived('p', 'f', { end: 100, ms: 5_000 });
    mkdirSync(directory);
    journal.arrived('p', 'f', { end: 200, ms: 9_000 });
    journal.close();
    expect(journal.timeOf('p', 'f', 50)).toBe(5_000);
    const reopened = open(path);
    expect(reopened.timeOf('p', 'f', 50)).toBeUndefined();
    expect(reopened.timeOf('p', 'f', 150)).toBe(9_000);
  });

  it('forgets what was rotated away, on disk and in memory alike', () => {
    const path = join(temporaryDirectory(), 'journal');
    const rotating = { rotateBytes: 200 };
    const journal = new ArrivalJournal(path, silentLogger, rotating);
    const reader = new ArrivalJournal(path, silentLogger, { ...rotating, readOnly: true });
    for (let n = 1; n <= 100; n++) {
      for (const each of [journal, reader]) each.arrived('p', 'f', { end: n * 10, ms: n * 1_000 });
    }
    journal.close();
    expect(statSync(path).size + statSync(`${path}.1`).size).toBeLessThan(600);
    for (const each of [journal, reader, open(path)]) {
      expect(each.timeOf('p', 'f', 0)).toBeUndefined();
      expect(each.timeOf('p', 'f', 999)).toBe(100_000);
      expect(each.sizeSeen('p', 'f')).toBe(1_000);
    }
  });

  it('gives a byte its own time or none, whatever is rotated, for any sequence of arrivals and restarts', () => {
    const arrival = fc.record({
      file: fc.integer({ min: 0, max: 2 }),
      grow: fc.integer({ min: 1, max: 500 }),
      wait: fc.integer({ min: 0, max: 5_000 }),
      restart: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 60 }), fc.integer({ min: 50, max: 400 }), (arrivals, rotateBytes) => {
        const path = join(temporaryDirectory(), 'journal');
        const start = () => new ArrivalJournal(path, silentLogger, { rotateBytes });
        let journal = start();
        const seen: { file: number; end: number; ms: number }[] = [];
        let ms = 1_000;
        for (const { file, grow, wait, restart } of arrivals) {
          ms += wait;
          const end = journal.sizeSeen(`file ${file}`, 'f') + grow;
          journal.arrived(`file ${file}`, 'f', { end, ms });
          seen.push({ file, end, ms });
          if (restart) {
            journal.close();
            journal = start();
          }
        }
        journal.close();
        for (const each of [journal, start()]) {
          for (const { file, end, ms: own } of seen) {
            expect([own, undefined]).toContain(each.timeOf(`file ${file}`, 'f', end - 1));
          }
          const last = seen.at(-1);
          if (last) expect(each.timeOf(`file ${last.file}`, 'f', last.end - 1)).toBe(last.ms);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('gives the same times before and after a restart, for any sequence of arrivals', () => {
    const arrival = fc.record({
      file: fc.integer({ min: 0, max: 2 }),
      grow: fc.integer({ min: 1, max: 500 }),
      wait: fc.integer({ min: 0, max: 5_000 }),
      watched: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 40 }), arrivals => {
        const path = join(temporaryDirectory(), 'journal');
        const journal = open(path);
        const ends = [0, 0, 0];
        let ms = 1_000;
        for (const { file, grow, wait, watched } of arrivals) {
          ms += wait;
          const end = (ends[file] ?? 0) + grow;
          ends[file] = end;
          journal.arrived(`file ${file}`, 'f', { end, ms: watched ? ms : undefined });
        }
        journal.close();
        const reopened = open(path);
        for (const [file, end] of ends.entries()) {
          for (let offset = 0; offset < end; offset += 97) {
            expect(reopened.timeOf(`file ${file}`, 'f', offset)).toBe(journal.timeOf(`file ${file}`, 'f', offset));
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});
