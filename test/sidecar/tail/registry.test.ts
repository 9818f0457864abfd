import { describe, expect, it } from 'vitest';
import type { Position } from '../../../src/event/position.ts';
import { GenerationRegistry } from '../../../src/sidecar/tail/registry.ts';

const position = (overrides: Partial<Position> = {}): Position => ({
  path: 'planner/raw_output.jsonl',
  fingerprint: 'aaaa',
  attempt: 1,
  next: 100,
  lines: 4,
  tail_sha256: 'tail-100',
  ...overrides,
});

/** A file on disk that agrees with the given positions' hashes. */
const fileWith = (...tails: string[]) => ({ matches: (_next: number, tail: string) => tails.includes(tail) });

describe('which generation a file is', () => {
  it('is the first attempt of a path that nobody knows', () => {
    const resolved = new GenerationRegistry().resolve('p', 'ffff', fileWith());
    expect(resolved).toEqual({ fingerprint: 'ffff', attempt: 1, reason: 'new' });
  });

  it('is the known one, to be read on, when the bytes before its position are on disk', () => {
    const registry = new GenerationRegistry();
    registry.replace([position()]);
    const resolved = registry.resolve('planner/raw_output.jsonl', 'aaaa', fileWith('tail-100'));
    expect(resolved).toEqual({ fingerprint: 'aaaa', attempt: 1, reason: 'new' });
  });

  it('is another attempt with a name of its own when it begins with the same line but differs later', () => {
    const registry = new GenerationRegistry();
    registry.replace([position(), position({ fingerprint: 'aaaa~2', attempt: 2, tail_sha256: 'other' })]);
    const resolved = registry.resolve('planner/raw_output.jsonl', 'aaaa', fileWith());
    expect(resolved).toMatchObject({ fingerprint: 'aaaa~3', attempt: 3, reason: 'rewritten' });
  });

  it('is the one of which it holds most, where it begins with all of another that was shorter', () => {
    const registry = new GenerationRegistry();
    const longer = position({ fingerprint: 'aaaa~2', attempt: 2, next: 300, tail_sha256: 'tail-300' });
    registry.replace([position(), longer]);
    const resolved = registry.resolve('planner/raw_output.jsonl', 'aaaa', fileWith('tail-100', 'tail-300'));
    expect(resolved).toEqual({ fingerprint: 'aaaa~2', attempt: 2, reason: 'rewritten' });
  });

  it('counts attempts over fingerprints, and those that were gone before anything of them was read', () => {
    const registry = new GenerationRegistry();
    registry.replace([position()]);
    registry.countMissed('planner/raw_output.jsonl');
    expect(registry.resolve('planner/raw_output.jsonl', 'bbbb', fileWith()).attempt).toBe(3);
    expect(registry.resolve('planner/raw_output.jsonl', 'cccc', fileWith()).attempt).toBe(4);
  });

  it('is found under another path by its fingerprint, newest attempt first', () => {
    const registry = new GenerationRegistry();
    registry.replace([
      position(),
      position({ path: 'b', fingerprint: 'aaaa~2', attempt: 2 }),
      position({ path: 'c', fingerprint: 'aaaaa' }),
    ]);
    expect(registry.withFingerprint('aaaa').map(({ path }) => path)).toEqual(['b', 'planner/raw_output.jsonl']);
  });
});
