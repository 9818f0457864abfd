import { statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/log.ts';
import { Follower } from '../../src/sidecar/follower.ts';
import { AcknowledgedPositions } from '../../src/sidecar/tail/acknowledged.ts';
import { Checkpoint } from '../../src/sidecar/tail/checkpoint.ts';
import { ArrivalJournal } from '../../src/sidecar/tail/journal.ts';
import { GenerationRegistry } from '../../src/sidecar/tail/registry.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { makeBed, note } from './bed.ts';

const HOUR_MS = 3_600_000;

/** Reads an ADW with one stream, last written to at `writtenAt` (ms), and answers how long it then leaves it alone. */
function restAfter(writtenAt: number): number {
  const bed = makeBed('http://127.0.0.1:9');
  const path = bed.write(bed.stream('planner'), `${note('one')}\n`);
  utimesSync(path, writtenAt / 1_000, writtenAt / 1_000);
  const options = bed.options({ follow: true });
  const follower = new Follower({
    options,
    journal: new ArrivalJournal(join(bed.root, 'journal'), silentLogger, { readOnly: true }),
    registry: new GenerationRegistry(),
    redact: undefined,
    isReady: () => true,
    hasRoom: () => true,
    emit: () => {},
    onRedacted: () => {},
    onDisputed: () => {},
    wake: () => {},
    lookWithin: () => {},
  });
  try {
    follower.start(Date.now());
    // The first look finds directories that were not listened in before, the second has nothing left to find.
    for (let look = 0; look < 2; look++) {
      follower.look(Date.now());
      while (follower.readNext(Date.now()));
    }
    const now = Date.now();
    follower.look(now);
    return follower.lookMs(now);
  } finally {
    follower.close();
  }
}

describe('what has ended rests', () => {
  it('looks are far apart where nobody has written for hours, and close together where somebody has just', () => {
    expect(restAfter(Date.now() - 2 * HOUR_MS)).toBeGreaterThan(20_000);
    expect(restAfter(Date.now())).toBeLessThanOrEqual(1_000);
  });

  it('a checkpoint is written where it has changed', () => {
    const path = join(temporaryDirectory(), 'checkpoint.json');
    const server = 'http://127.0.0.1:9';
    const file = { path: 'a.jsonl', fingerprint: 'f', attempt: 1, next: 10, lines: 1, tail_sha256: '' };
    const delivered = new AcknowledgedPositions({ server, checkpoint: new Checkpoint(path, silentLogger) });
    const written = () => {
      delivered.save(true);
      return statSync(path).ino;
    };
    delivered.take({ epoch: 'e1', files: [file] });
    const first = written();
    expect(written()).toBe(first);
    delivered.take({ epoch: 'e1', files: [{ ...file, next: 20 }] });
    expect(written()).not.toBe(first);
  });
});
