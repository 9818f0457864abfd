import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { type DropIn, startDropIn } from './drop-in.ts';
import { differences, KNOWN_TYPES, MESSAGES, provoke } from './messages.ts';

let dropIn: DropIn;
beforeAll(async () => {
  dropIn = await startDropIn({ heartbeatMs: 1_500 }, systemClock);
});
afterAll(() => dropIn.server.remove());

describe('a browser on /ws/trigger is sent what either of the reference’s servers would send', () => {
  it.each(Object.entries(MESSAGES))('%s', async (type, message) => {
    const received = await provoke(dropIn, type, message);
    expect(typeof received.data).toBe('object');
    expect(differences(received, message.data)).toEqual([]);
    if (received.seq !== undefined) expect(received.data?.adw_id).toBe('1a2b3c4d');
  });

  it('and no other types are known to it', () => {
    expect(Object.keys(MESSAGES).toSorted()).toEqual(
      KNOWN_TYPES.filter(type => type !== 'typing_indicator').toSorted(),
    );
  });
});
