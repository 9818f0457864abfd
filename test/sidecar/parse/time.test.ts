import { describe, expect, it } from 'vitest';
import { endOfFile } from '../../../src/sidecar/parse/formats/registry.ts';
import { elapsedMs, estimateTimes, parseTimestamp } from '../../../src/sidecar/parse/time.ts';
import { init, result } from './feed.ts';

describe('a file read cold', () => {
  it('ends at its mtime, begins a session earlier, and spreads the rest by offset', () => {
    const timeAt = estimateTimes({ lastOffset: 1_000, endMs: 1_000_000, sessionMs: 60_000 });
    expect([0, 500, 1_000, 2_000].map(offset => timeAt(offset).ms)).toEqual([940_000, 970_000, 1_000_000, 1_000_000]);
    expect(timeAt(500).timing).toBe('estimated');
  });

  it('has unknown times where there is nothing to go by', () => {
    expect(estimateTimes({ lastOffset: 10, endMs: 5, sessionMs: undefined })(3)).toEqual({
      ms: 5,
      timing: 'unknown',
    });
    expect(estimateTimes({ lastOffset: 10, endMs: undefined, sessionMs: 4 })(3)).toEqual({
      ms: 0,
      timing: 'unknown',
    });
  });

  it('takes the duration from the last result among its last bytes', () => {
    const lines = [
      init(),
      result({ duration_ms: 5 }),
      result({ duration_ms: 7 }),
      { type: 'system', subtype: 'task_notification' },
    ];
    const bytes = Buffer.from(`${lines.map(line => JSON.stringify(line)).join('\n')}\n`);
    expect(endOfFile({ bytes: bytes.subarray(20), offset: 0 }).sessionMs).toBe(7);
    expect(endOfFile({ bytes: Buffer.from('{"type":"result","duration_ms":'), offset: 0 }).sessionMs).toBeUndefined();
    expect(endOfFile({ bytes: Buffer.alloc(0), offset: 0 })).toEqual({
      sessionMs: undefined,
      stampMs: undefined,
      lastLineBytes: 0,
    });
  });
});

describe('a time on a line', () => {
  it('is read when it is an ISO timestamp and nothing else', () => {
    expect(parseTimestamp('2026-01-01T00:00:00.5Z')).toBe(Date.UTC(2026, 0, 1, 0, 0, 0, 500));
    for (const other of ['yesterday', '12', 12, null, '2026-99-99T00:00:00Z'])
      expect(parseTimestamp(other)).toBeUndefined();
  });

  it('makes a duration only with another of its kind, and never a negative one', () => {
    const at = (ms: number, timing: 'exact' | 'observed' | 'estimated') => ({ ms, timing });
    expect(elapsedMs(at(1, 'exact'), at(4, 'exact'))).toBe(3);
    expect(elapsedMs(at(1, 'observed'), at(4, 'observed'))).toBe(3);
    expect(elapsedMs(at(4, 'exact'), at(1, 'exact'))).toBeNull();
    expect(elapsedMs(at(1, 'exact'), at(4, 'observed'))).toBeNull();
    expect(elapsedMs(at(1, 'estimated'), at(4, 'estimated'))).toBeNull();
  });
});
