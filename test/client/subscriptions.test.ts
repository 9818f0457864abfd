import { describe, expect, test } from 'vitest';
import { Subscriptions } from '../../src/client/subscriptions.ts';
import type { LogEvent } from '../../src/event/schema.ts';

const event = (adwId: string, seq: number) =>
  ({ type: 'text_block', seq, epoch: 'e', data: { adw_id: adwId, content: '' } }) as LogEvent;
const ack = (adwId: string, fromSeq: number, epoch = 'e') => ({ adwId, epoch, fromSeq, ended: false });

describe('each event counts for the subscription that it came through', () => {
  test('a repeat is dropped, what comes before the acknowledgement too', () => {
    const subscriptions = new Subscriptions();
    subscriptions.add('x', { after: 4 });
    expect(subscriptions.admit(event('x', 9))).toBe(false);
    subscriptions.acknowledge(ack('x', 4));
    expect([5, 5, 4, 6].map(seq => subscriptions.admit(event('x', seq)))).toEqual([true, false, false, true]);
    expect(subscriptions.position('x')).toEqual({ seq: 6, epoch: 'e' });
  });

  test('ADWs have cursors of their own', () => {
    const subscriptions = new Subscriptions();
    subscriptions.add('x', { after: 0 });
    subscriptions.add('y', { after: 0 });
    subscriptions.acknowledge(ack('x', 0));
    subscriptions.acknowledge(ack('y', 0));
    expect(
      [event('x', 50), event('y', 1), event('x', 51), event('z', 52)].map(one => subscriptions.admit(one)),
    ).toEqual([true, true, true, false]);
    expect(subscriptions.position('y')).toEqual({ seq: 1, epoch: 'e' });
  });

  test('what is on its way when a subscription ends is dropped', () => {
    const subscriptions = new Subscriptions();
    subscriptions.add('x', { after: 0 });
    subscriptions.acknowledge(ack('x', 0));
    subscriptions.remove('x', true);
    expect(subscriptions.admit(event('x', 1))).toBe(false);
  });

  test('"*" goes with no other, until that has ended', () => {
    const subscriptions = new Subscriptions();
    subscriptions.add('x', { after: 0 });
    expect([subscriptions.fits('x'), subscriptions.fits('y'), subscriptions.fits('*')]).toEqual([true, true, false]);
    subscriptions.remove('x', true);
    expect(subscriptions.fits('*')).toBe(true);
    subscriptions.add('*', {});
    expect([subscriptions.fits('*'), subscriptions.fits('x')]).toEqual([true, false]);
  });

  test('asking again from an earlier seq drops what is still on its way, and replays', () => {
    const subscriptions = new Subscriptions();
    subscriptions.add('x', { after: 9 });
    subscriptions.acknowledge(ack('x', 9));
    subscriptions.add('x', { after: 0 });
    expect(subscriptions.admit(event('x', 10))).toBe(false);
    subscriptions.acknowledge(ack('x', 0));
    expect(subscriptions.admit(event('x', 1))).toBe(true);
  });
});

describe('a new connection', () => {
  test('resumes where each subscription stands', () => {
    const subscriptions = new Subscriptions();
    subscriptions.add('y', { after: 0, batch: false });
    subscriptions.add('x', { after: 0, types: ['text_block'] });
    subscriptions.acknowledge(ack('y', 0));
    subscriptions.acknowledge(ack('x', 0));
    subscriptions.admit(event('x', 7));
    expect(subscriptions.begin()).toEqual([
      { type: 'subscribe', adw_id: 'y', after: 0, epoch: 'e', batch: false },
      { type: 'subscribe', adw_id: 'x', after: 7, epoch: 'e', types: ['text_block'], batch: true },
    ]);
  });

  test('to a log that was started anew is a resync from its beginning', () => {
    const subscriptions = new Subscriptions();
    subscriptions.add('x', { after: 0 });
    subscriptions.acknowledge(ack('x', 0));
    subscriptions.admit(event('x', 7));
    subscriptions.begin();
    expect(subscriptions.acknowledge(ack('x', 0, 'f'))).toEqual({
      resync: { adwId: 'x', epoch: 'f', previousEpoch: 'e' },
    });
    expect(subscriptions.admit(event('x', 1))).toBe(true);
  });

  test('to a log that ends before what was delivered is a resync, though its epoch is the same', () => {
    const subscriptions = new Subscriptions();
    subscriptions.add('x', { after: 7 });
    expect(subscriptions.acknowledge(ack('x', 0))).toEqual({ resync: { adwId: 'x', epoch: 'e', previousEpoch: 'e' } });
    expect(subscriptions.admit(event('x', 1))).toBe(true);
  });

  test('to a log that no longer keeps what comes next is a gap that names its ends', () => {
    const subscriptions = new Subscriptions();
    subscriptions.add('x', { after: 7 });
    expect(subscriptions.acknowledge(ack('x', 20))).toEqual({ gap: { adwId: 'x', after: 7, resumedAfter: 20 } });
  });
});
