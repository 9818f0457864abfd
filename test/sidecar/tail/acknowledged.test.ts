import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { AcknowledgedPositions } from '../../../src/sidecar/tail/acknowledged.ts';
import { Checkpoint } from '../../../src/sidecar/tail/checkpoint.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

describe('acknowledged positions', () => {
  it('are written to the checkpoint where they have changed', () => {
    const path = join(temporaryDirectory(), 'checkpoint.json');
    const server = 'http://127.0.0.1:9';
    const file = { path: 'a.jsonl', fingerprint: 'f', attempt: 1, next: 10, lines: 1, tail_sha256: '' };
    const acknowledged = new AcknowledgedPositions({ server, checkpoint: new Checkpoint(path, silentLogger) });
    const written = () => {
      acknowledged.save(true);
      return statSync(path).ino;
    };
    acknowledged.take({ epoch: 'e1', files: [file] });
    const first = written();
    expect(written()).toBe(first);
    acknowledged.take({ epoch: 'e1', files: [{ ...file, next: 20 }] });
    expect(written()).not.toBe(first);
  });
});
