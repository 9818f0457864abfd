import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import type { FileKind, FoundFile } from '../../../src/sidecar/flow.ts';
import { ArrivalJournal } from '../../../src/sidecar/tail/journal.ts';
import { Tail } from '../../../src/sidecar/tail/tail.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/** What is read of an ADW that a command only looks at, and where its files lie. */
function looking() {
  const directory = temporaryDirectory();
  const journal = new ArrivalJournal(join(directory, 'journal'), silentLogger);
  const tail = new Tail(
    { journal },
    {
      ...{ adwId: '1a2b3c4d', follow: true, readsKnown: false, backlogScheduler: undefined, log: silentLogger },
      ...{ isWhole: () => true, onUnproven: () => {}, wake: () => {} },
    },
  );
  tail.lines.takePositions(undefined, []);
  /** Writes a file that was left a minute ago, and takes it in. */
  const add = (path: string, kind: FileKind): FoundFile => {
    const absolute = join(directory, path);
    const now = Date.now();
    mkdirSync(dirname(absolute), { recursive: true });
    writeFileSync(absolute, '{"type":"system"}\n');
    utimesSync(absolute, now / 1000 - 60, now / 1000 - 60);
    const found = { kind, path, absolute, role: dirname(path) };
    expect(tail.add(found, { now, watched: false })).toBe(true);
    return found;
  };
  return { tail, add };
}

describe('what is read of an ADW', () => {
  it('is its streams and logs by lines, and the other files as a whole', () => {
    const { tail, add } = looking();
    const now = Date.now();
    add('planner/raw_output.jsonl', 'stream');
    add('adw/execution.log', 'log');
    add('adw_state.json', 'state');
    const read = [1, 2, 3].map(() => tail.read(now, () => false));
    expect(read.map(one => (one === 'busy' ? one : one?.generation.path))).toEqual([
      'planner/raw_output.jsonl',
      'adw/execution.log',
      undefined,
    ]);
    expect([...tail.settled(now, 'all')].map(({ found }) => found.path)).toEqual(['adw_state.json']);
    tail.close();
  });

  it('waits until all lines are read and every whole file is done', () => {
    const { tail, add } = looking();
    const now = Date.now();
    const state = add('adw_state.json', 'state');
    expect([tail.isAllRead, tail.isPending]).toEqual([false, true]);
    tail.read(now, () => false);
    expect([tail.isAllRead, tail.isPending]).toEqual([true, true]);
    tail.wholeFiles.done(state);
    expect([tail.isPending, tail.isActive(now)]).toEqual([false, false]);
    tail.forget();
    expect([...tail.settled(now, 'all')]).toHaveLength(1);
    tail.close();
  });

  it('is what a sub-agent left only after the lines that say that it began', () => {
    const { tail, add } = looking();
    const now = Date.now();
    add('planner/raw_output.jsonl', 'stream');
    add('planner/agents/one.json', 'sub-agent');
    const settled = () => [...tail.settled(now, 'all')].map(({ found }) => found.path);
    tail.read(now, () => false);
    expect(settled()).toEqual([]);
    tail.read(now, () => false);
    expect(settled()).toEqual(['planner/agents/one.json']);
    tail.close();
  });
});
