import { describe, expect, test } from 'vitest';
import { MessageRate, type Verdict } from '../../../src/server/fanout/message-rate.ts';

/** A rate of 10 a second with bursts of 20, on a clock that the test moves. */
function rate() {
  const clock = { ms: 0, now: () => clock.ms };
  const messages = new MessageRate(clock, { perSecond: 10, burst: 20 });
  const take = (count: number): Verdict[] => Array.from({ length: count }, () => messages.take());
  return { clock, take };
}

describe('the rate of messages', () => {
  test('takes a burst, then as many as a second gives', () => {
    const { clock, take } = rate();
    expect(new Set(take(20))).toEqual(new Set(['take']));
    expect(take(1)).toEqual(['refuse']);
    clock.ms += 500;
    expect(take(6)).toEqual(['take', 'take', 'take', 'take', 'take', 'ignore']);
  });

  test('says once a second that it refuses', () => {
    const { clock, take } = rate();
    take(20);
    expect(take(3)).toEqual(['refuse', 'ignore', 'ignore']);
    clock.ms += 1_000;
    expect(take(12).filter(verdict => verdict === 'refuse')).toHaveLength(1);
  });

  test('gives up on a client that goes on, and forgives one that stops', () => {
    const flooding = rate();
    flooding.take(20);
    expect(flooding.take(21).at(-1)).toBe('close');
    const patient = rate();
    patient.take(20 + 15);
    patient.clock.ms += 2_000;
    patient.take(20);
    expect(patient.take(15)).not.toContain('close');
  });
});
