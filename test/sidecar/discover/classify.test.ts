import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/sidecar/discover/classify.ts';

const kindOf = (name: string) => classify(`planner/${name}`, '1a2b3c4d')?.kind;

describe('a file of a role', () => {
  it('is a stream also once it was renamed to make room for another', () => {
    for (const name of ['raw_output.jsonl', 'raw_output.jsonl.1', 'raw_output.jsonl-20260101', 'raw_output.jsonl.prev'])
      expect(kindOf(name), name).toBe('stream');
  });

  it('is none when it is packed, or a copy that nobody writes to', () => {
    const copies = ['gz', '1.gz', 'zst', 'bak', 'bak2', 'old', 'orig', 'OLD'].map(end => `raw_output.jsonl.${end}`);
    for (const name of [...copies, 'raw_output.jsonl~', '.raw_output.jsonl', 'raw_output.jsonl.tmp'])
      expect(kindOf(name), name).toBeUndefined();
  });
});
