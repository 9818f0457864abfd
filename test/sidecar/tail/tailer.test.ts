import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { sha256Hex } from '../../../src/event/id.ts';
import { TAIL_BYTES_MAX } from '../../../src/event/limits.ts';
import type { FoundFile, Item, ReadLines } from '../../../src/sidecar/flow.ts';
import { AcknowledgedPositions } from '../../../src/sidecar/tail/acknowledged.ts';
import { Checkpoint } from '../../../src/sidecar/tail/checkpoint.ts';
import { ArrivalJournal } from '../../../src/sidecar/tail/journal.ts';
import type { FileGeneration } from '../../../src/sidecar/tail/tailed-generation.ts';
import { Tailer } from '../../../src/sidecar/tail/tailer.ts';
import { TakenSince } from '../../../src/sidecar/tail/taken-since.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/**
 * A tailer whose log holds nothing yet, in a directory of its own.
 * @param options.delivers whether a server acknowledges what it hands on
 */
function tailing({ delivers = false } = {}) {
  const directory = temporaryDirectory();
  const asked: FileGeneration[] = [];
  const acknowledged = new AcknowledgedPositions({
    server: 'http://127.0.0.1:9',
    checkpoint: new Checkpoint(join(directory, 'checkpoint.json'), silentLogger),
    takenSince: new TakenSince(join(directory, 'taken.ndjson'), silentLogger),
  });
  const tailer = new Tailer({
    adwId: '1a2b3c4d',
    acknowledged: delivers ? acknowledged : undefined,
    journal: new ArrivalJournal(join(directory, 'journal'), silentLogger),
    follow: true,
    readsKnown: false,
    isWhole: () => true,
    onUnproven: file => void asked.push(file),
    log: silentLogger,
  });
  tailer.takePositions(delivers ? { epoch: 'e1', files: [] } : undefined, []);
  const found = (path: string, kind: 'stream' | 'log' = 'stream'): FoundFile => ({
    kind,
    path,
    absolute: join(directory, path),
    role: dirname(path),
  });
  const write = (path: string, text: string, writtenAt = Date.now()) => {
    const absolute = join(directory, path);
    mkdirSync(dirname(absolute), { recursive: true });
    appendFileSync(absolute, text);
    utimesSync(absolute, writtenAt / 1000, writtenAt / 1000);
    return absolute;
  };
  return { directory, tailer, acknowledged, asked, found, write };
}

const isLines = (read: ReadLines | 'busy' | undefined): read is ReadLines => read !== undefined && read !== 'busy';

/** Reads until there is nothing more. @returns of each read the path and its lines */
function readAll(tailer: Tailer, now = Date.now()): string[] {
  const found: string[] = [];
  for (let read = tailer.read(now); read !== undefined; read = tailer.read(now)) {
    if (!isLines(read)) continue;
    const texts = read.lines.map(({ bytes }) => bytes.toString());
    found.push(`${read.generation.path}: ${texts.join(' ')}`);
  }
  return found;
}

describe('which file is read next', () => {
  it('is the role that ran first, to its end; logs come when all streams have been read', () => {
    const { tailer, found, write } = tailing();
    const now = Date.now();
    write('tester/raw_output.jsonl', 'b1\nb2\n', now - 1_000);
    write('planner/raw_output.jsonl', 'a1\na2\n', now - 9_000);
    write('adw/execution.log', 'told\n', now - 60_000);
    for (const path of ['tester/raw_output.jsonl', 'planner/raw_output.jsonl'])
      expect(tailer.add(found(path), { now, watched: false })).toBe(true);
    tailer.add(found('adw/execution.log', 'log'), { now, watched: false });
    expect(tailer.isCaughtUp).toBe(false);
    expect(readAll(tailer)).toEqual([
      'planner/raw_output.jsonl: a1 a2',
      'tester/raw_output.jsonl: b1 b2',
      'adw/execution.log: told',
    ]);
    expect(tailer.isCaughtUp).toBe(true);
  });

  it('changes with each piece once all has been read: what grows is read by turns', () => {
    const { tailer, found, write } = tailing();
    const paths = ['a/raw_output.jsonl', 'b/raw_output.jsonl'];
    for (const path of paths) {
      write(path, 'first\n');
      tailer.add(found(path), { now: Date.now(), watched: true });
    }
    readAll(tailer);
    for (const path of [...paths].reverse()) write(path, 'second\n');
    expect(tailer.poll('all', Date.now()).map(path => basename(dirname(path)))).toEqual(['a', 'b']);
    expect(readAll(tailer).sort()).toEqual(['a/raw_output.jsonl: second', 'b/raw_output.jsonl: second']);
  });

  it('leaves out the paths that wait for their time', () => {
    const { tailer, found, write } = tailing();
    write('a/raw_output.jsonl', 'line\n');
    tailer.add(found('a/raw_output.jsonl'), { now: Date.now(), watched: true });
    expect(tailer.read(Date.now(), path => path.startsWith('a/'))).toBeUndefined();
    expect(readAll(tailer)).toEqual(['a/raw_output.jsonl: line']);
  });
});

describe('a file that was written to', () => {
  const active = (tailer: Tailer, now: number) => {
    tailer.poll('active', now);
    return tailer.isActive;
  };

  it('is polled for ten seconds where no event said so', () => {
    const { tailer, found, write } = tailing();
    const now = Date.now();
    write('a/raw_output.jsonl', 'line\n', now);
    tailer.add(found('a/raw_output.jsonl'), { now, watched: true });
    readAll(tailer, now);
    expect([active(tailer, now + 9_000), active(tailer, now + 11_000)]).toEqual([true, false]);
  });

  it('is polled for a moment where an event named it, and again when it grows', () => {
    const { tailer, found, write } = tailing();
    const now = Date.now();
    const absolute = write('a/raw_output.jsonl', 'line\n', now);
    tailer.add(found('a/raw_output.jsonl'), { now, watched: true });
    expect(tailer.pollNamed(absolute, now + 5)).toBe(true);
    readAll(tailer, now + 5);
    expect([active(tailer, now + 1_400), active(tailer, now + 1_600)]).toEqual([true, false]);
    write('a/raw_output.jsonl', 'more\n', now + 20_000);
    expect(tailer.pollNamed(absolute, now + 20_005)).toBe(true);
    expect(readAll(tailer, now + 20_005)).toEqual(['a/raw_output.jsonl: more']);
    expect(tailer.pollNamed(join(absolute, 'other'), now)).toBe(false);
  });
});

describe('a file under another name', () => {
  it('is not tailed twice while it is still read under the name that it had', () => {
    const { directory, tailer, found, write } = tailing();
    const now = Date.now();
    write('a/raw_output.jsonl', 'one\n');
    tailer.add(found('a/raw_output.jsonl'), { now, watched: true });
    readAll(tailer);
    write('a/raw_output.jsonl', 'two\n');
    renameSync(join(directory, 'a/raw_output.jsonl'), join(directory, 'a/old.jsonl'));
    writeFileSync(join(directory, 'a/raw_output.jsonl'), 'new one\n');
    expect(tailer.add(found('a/old.jsonl'), { now: Date.now(), watched: true })).toBe(false);
    expect(readAll(tailer)).toEqual(['a/raw_output.jsonl: two', 'a/raw_output.jsonl: new one']);
  });
});

describe('a position of the log within what was read', () => {
  const path = 'a/raw_output.jsonl';
  const lineOf = (n: number) => `line ${n} ${'x'.repeat(6_000)}\n`;
  const length = lineOf(1).length;
  /** Where the log stands after two lines; the 4 KiB before would be the same of another host's lines. */
  const second = { next: 2 * length, lines: 2, tail_sha256: sha256Hex(`${'x'.repeat(TAIL_BYTES_MAX - 1)}\n`) };

  function reading() {
    const tree = tailing({ delivers: true });
    const { tailer, found, write } = tree;
    write(path, [1, 2, 3].map(lineOf).join(''));
    tailer.add(found(path), { now: Date.now(), watched: true });
    const read = tailer.read(Date.now());
    if (!isLines(read)) throw new Error('nothing was read');
    const { fingerprint } = read.generation;
    return { ...tree, position: { path, fingerprint, attempt: 1, ...second } };
  }

  it('is compared before it is gone on from, where that was never acknowledged: another host may have delivered it', () => {
    const { tailer, asked, position } = reading();
    tailer.takePositions({ epoch: 'e1', files: [position] }, []);
    expect(tailer.read(Date.now())).toBeUndefined();
    expect(asked).toEqual([{ path, fingerprint: position.fingerprint }]);
  });

  it('is gone on from where it was acknowledged', () => {
    const { tailer, acknowledged, asked, position } = reading();
    acknowledged.add([{ kind: 'unit', unit: { position, events: [] } } as unknown as Item]);
    tailer.takePositions({ epoch: 'e1', files: [position] }, []);
    const read = tailer.read(Date.now());
    // It is parsed from its beginning again, and handed on from where the log stands.
    expect(isLines(read) && read.from).toBe(position.next);
    expect(asked).toEqual([]);
  });
});

describe('a file that is written to without growing', () => {
  const path = 'a/raw_output.jsonl';
  const text = `first\n${'x'.repeat(9_000)}\n${'one\n'.repeat(3)}${'y'.repeat(9_000)}\n`;
  /** What the log holds of it: one range, with the hash over its hash. */
  const held = {
    lengths: [text.length],
    sha256: createHash('sha256').update(createHash('sha256').update(text).digest()).digest('hex'),
  };

  function delivered() {
    const tree = tailing({ delivers: true });
    const { tailer, acknowledged, found, write } = tree;
    const now = Date.now();
    const absolute = write(path, text, now - 2_000);
    tailer.add(found(path), { now, watched: true });
    const read = tailer.read(now);
    if (!isLines(read)) throw new Error('nothing was read');
    const poll = () => {
      for (let n = 0; n < 2; n++) tailer.poll('all', now);
      return readAll(tailer);
    };
    const acknowledge = () => {
      const { generation, lines } = read;
      const position = {
        path,
        fingerprint: generation.fingerprint,
        attempt: 1,
        next: text.length,
        lines: lines.length,
        tail_sha256: '',
      };
      acknowledged.add([{ kind: 'unit', unit: { position, events: [] } } as unknown as Item]);
    };
    return {
      ...tree,
      now,
      absolute,
      poll,
      acknowledge,
      generation: { path, fingerprint: read.generation.fingerprint },
    };
  }

  it('is compared with what the log holds, once all of it is there, and is the same where nothing was changed', () => {
    const { tailer, asked, poll, absolute, acknowledge, generation, now } = delivered();
    expect(poll()).toEqual([]);
    utimesSync(absolute, now / 1_000, now / 1_000);
    expect([poll(), asked]).toEqual([[], []]);
    acknowledge();
    expect([poll(), asked]).toEqual([[], [generation]]);
    tailer.takeHeld(generation, held);
    expect([poll(), asked.length]).toEqual([[], 1]);
    appendFileSync(absolute, 'two\n');
    expect(poll()).toEqual([`${path}: two`]);
    // Growth is what appends leave.
    expect(asked).toHaveLength(1);
  });

  it('is another attempt where it was rewritten, though it begins and ends as before', () => {
    const { tailer, poll, absolute, acknowledge, generation } = delivered();
    acknowledge();
    writeFileSync(absolute, text.replaceAll('one', 'ONE'));
    expect(poll()).toEqual([]);
    tailer.takeHeld(generation, held);
    expect(poll().map(lines => lines.replace(/(?<=[xy])[xy]+/g, ''))).toEqual([`${path}: first x ONE ONE ONE y`]);
    expect(tailer.disputed).toBe(0);
    appendFileSync(absolute, 'two\n');
    expect(poll()).toEqual([`${path}: two`]);
  });
});
