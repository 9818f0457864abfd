import { describe, expect, test } from 'vitest';
import { CLOSE, reconnectAfter } from '../../src/event/close-code.ts';

describe('close codes', () => {
  test('are distinct, and never 1000, after which the reference would not come back', () => {
    const codes = Object.values(CLOSE).map(row => row.code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes).not.toContain(1000);
  });

  test('of our own say by their range whether to reconnect', () => {
    for (const { code, reconnect } of Object.values(CLOSE)) {
      if (code >= 4000) expect(reconnect).toBe(code < 4500);
    }
  });

  test.each([
    [1000, false],
    [1001, true],
    [1006, true],
    [1008, false],
    [1012, true],
    [4001, true],
    [4321, true],
    [4700, false],
  ])('%i is answered for, known or not', (code, reconnect) => {
    expect(reconnectAfter(code)).toBe(reconnect);
  });
});
