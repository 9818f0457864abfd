import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { Checkpoint, type CheckpointState } from '../../../src/sidecar/tail/checkpoint.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const state: CheckpointState = {
  server: 'http://127.0.0.1:8500',
  epoch: 'e1',
  files: [{ path: 'p', fingerprint: 'f', attempt: 2, next: 10, lines: 1, tail_sha256: 'aa' }],
  announced: ['x'],
  unchanged: [],
};

describe('the checkpoint', () => {
  it('gives back what was saved', () => {
    const path = join(temporaryDirectory(), 'checkpoint.json');
    new Checkpoint(path, silentLogger).save(state, { durable: true });
    expect(new Checkpoint(path, silentLogger).load()).toMatchObject(state);
  });

  it('is nothing, without a word, when there is none', () => {
    const { log, recorded } = recordingLogger();
    expect(new Checkpoint(join(temporaryDirectory(), 'none'), log).load()).toBeUndefined();
    expect(recorded).toEqual([]);
  });

  it.each([
    ['corrupt', '{"version":1,"server":'],
    ['of another shape', '{"version":1,"files":"all"}'],
    ['newer', JSON.stringify({ version: 99, ...state })],
  ])('is moved aside with a warning when it is %s', (_what, content) => {
    const path = join(temporaryDirectory(), 'checkpoint.json');
    writeFileSync(path, content);
    const { log, recorded } = recordingLogger();
    expect(new Checkpoint(path, log).load()).toBeUndefined();
    expect(recorded).toHaveLength(1);
    expect(readFileSync(`${path}.unread`, 'utf8')).toBe(content);
    expect(existsSync(path)).toBe(false);
  });

  it('that cannot be written costs one warning and no exception', () => {
    const path = join(temporaryDirectory(), 'checkpoint.json');
    mkdirSync(`${path}.tmp`);
    const { log, recorded } = recordingLogger();
    const checkpoint = new Checkpoint(path, log);
    expect(checkpoint.save(state, { durable: true })).toBe(false);
    expect(checkpoint.save(state, { durable: true })).toBe(false);
    expect(recorded).toHaveLength(1);
  });
});
