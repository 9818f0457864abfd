import { appendFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import type { Item } from '../../../src/sidecar/flow.ts';
import { AcknowledgedPositions } from '../../../src/sidecar/tail/acknowledged.ts';
import { Checkpoint } from '../../../src/sidecar/tail/checkpoint.ts';
import { TakenSince } from '../../../src/sidecar/tail/taken-since.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const server = 'http://127.0.0.1:9';
const position = (next: number) => ({
  ...{ path: 'a.jsonl', fingerprint: 'f', attempt: 1 },
  ...{ next, lines: next / 10, tail_sha256: '' },
});

/** Notes in a directory of their own, which another process may open again. */
function notes() {
  const directory = temporaryDirectory();
  const checkpointPath = join(directory, 'checkpoint.json');
  const takenPath = join(directory, 'taken.ndjson');
  const open = (ofServer = server) =>
    new AcknowledgedPositions({
      server: ofServer,
      checkpoint: new Checkpoint(checkpointPath, silentLogger),
      takenSince: new TakenSince(takenPath, silentLogger),
    });
  return { checkpointPath, takenPath, open };
}

const line = (next: number) => ({ kind: 'unit', unit: { position: position(next), events: [] } }) as unknown as Item;
const event = (id: string): Item => ({
  kind: 'events',
  adwId: 'abcd1234',
  found: { events: [{ type: 'text_block', data: { adw_id: 'abcd1234', event_id: id, content: id } }], artifacts: [] },
});

describe('acknowledged positions', () => {
  it('are written to the checkpoint where they have changed', () => {
    const { checkpointPath, open } = notes();
    const acknowledged = open();
    const written = () => {
      acknowledged.save(true);
      return statSync(checkpointPath).ino;
    };
    acknowledged.take({ epoch: 'e1', files: [position(10)] });
    const first = written();
    expect(written()).toBe(first);
    acknowledged.take({ epoch: 'e1', files: [position(20)] });
    expect(written()).not.toBe(first);
  });
});

describe('what a reference server took', () => {
  it('is known to the next process at once, without a checkpoint and beside one', () => {
    const { takenPath, open } = notes();
    const killed = open();
    killed.begin(undefined);
    killed.taken([line(10), event('one')]);
    const second = open();
    expect(second.begin(undefined)).toEqual([position(10)]);
    expect(second.withoutAcknowledged(event('one'))).toBeUndefined();
    second.save(true);
    expect(existsSync(takenPath)).toBe(false);
    second.taken([line(20)]);
    expect(open().begin(undefined)).toEqual([position(20)]);
    expect(open('http://127.0.0.1:10').begin(undefined)).toEqual([]);
  });

  it('is known up to a note that a full disk or a power cut left half', () => {
    const { takenPath, open } = notes();
    const killed = open();
    killed.begin(undefined);
    killed.taken([line(10), line(20)]);
    const [, last = ''] = readFileSync(takenPath, 'utf8').trimEnd().split('\n');
    appendFileSync(takenPath, last.slice(0, 30));
    expect(open().begin(undefined)).toEqual([position(20)]);
  });

  it('is not noted for our own server, which keeps it itself', () => {
    const { takenPath, open } = notes();
    const acknowledged = open();
    acknowledged.begin({ epoch: 'e1', files: [] });
    acknowledged.taken([line(10)]);
    expect(existsSync(takenPath)).toBe(false);
  });
});
