import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRefusalLog } from '../../../src/server/security/refusals.ts';
import { recordingLogger } from '../../support/recording-logger.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('refused requests', () => {
  it('are told at once, and a flood of them as a number a minute', () => {
    const { log, recorded } = recordingLogger();
    const refusals = createRefusalLog(log);
    const lines = () => recorded.map(({ line }) => line);
    for (let n = 0; n < 1_000; n++) refusals.note('wrong token', '10.0.0.1');
    refusals.note('flood', '10.0.0.2');
    expect(lines()).toEqual(['Refused a request (wrong token).', 'Refused a request (flood).']);
    vi.advanceTimersByTime(60_000);
    expect(lines().at(-1)).toBe('Refused 999 more requests (wrong token) within a minute.');
    vi.advanceTimersByTime(600_000);
    refusals.note('wrong token', '10.0.0.1');
    expect(lines()).toHaveLength(4);
    refusals.close();
  });
});
