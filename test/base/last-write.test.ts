import { describe, expect, it } from 'vitest';
import { lastWrite } from '../../src/base/last-write.ts';

describe("a file's own time", () => {
  const NOW = Date.UTC(2026, 5, 1);

  it('is believed unless it is beyond now or older than agents are: then nothing was written after it was set', () => {
    const day = 86_400_000;
    expect(lastWrite({ mtimeMs: NOW - day + 0.4, ctimeMs: NOW - 5, nowMs: NOW })).toBe(NOW - day);
    for (const mtimeMs of [0, 1_000, NOW + day, 4e15, Number.NaN])
      expect(lastWrite({ mtimeMs, ctimeMs: NOW - 5, nowMs: NOW }), String(mtimeMs)).toBe(NOW - 5);
    expect(lastWrite({ mtimeMs: 0, ctimeMs: NOW + day, nowMs: NOW })).toBeUndefined();
  });
});
