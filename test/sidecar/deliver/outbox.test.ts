import { describe, expect, it } from 'vitest';
import { AdwStreamError } from '../../../src/base/errors.ts';
import type { Delivery, SendOutcome } from '../../../src/sidecar/deliver/delivery.ts';
import { Outbox } from '../../../src/sidecar/deliver/outbox.ts';
import type { Item } from '../../../src/sidecar/flow.ts';

const item = (name: string, bytes = 0): Item => ({
  kind: 'events',
  adwId: 'abcd1234',
  found: {
    events: [{ type: 'agent_log', data: { adw_id: 'abcd1234', message: name, level: 'INFO' } }],
    artifacts: bytes === 0 ? [] : [{ path: name, sha256: '', mediaType: '', bytes: Buffer.alloc(bytes) }],
  },
});
const acknowledged: SendOutcome = { kind: 'acknowledged', accepted: 1, duplicates: 0, refused: [] };

/** A delivery whose batches the test lets go one by one. */
function heldDelivery() {
  const batches: { items: readonly Item[]; answer: (outcome: SendOutcome) => void; fail: (error: Error) => void }[] =
    [];
  const delivery: Delivery = {
    kind: 'native',
    positions: async () => undefined,
    send: items => new Promise((answer, fail) => batches.push({ items, answer, fail })),
  };
  return { delivery, batches };
}

const turn = () => new Promise(resolve => setImmediate(resolve));

describe('the outbox', () => {
  it('sends at once when idle, and gathers while a batch is under way, in order', async () => {
    const { delivery, batches } = heldDelivery();
    const done: Item[] = [];
    const outbox = new Outbox({
      delivery,
      onAcknowledged: items => void done.push(...items),
      onMismatch: async () => {},
    });
    const items = ['a', 'b', 'c', 'd'].map(name => item(name));
    outbox.push(items[0] as Item);
    await turn();
    for (const next of items.slice(1)) outbox.push(next);
    await turn();
    expect(batches.map(batch => batch.items.length)).toEqual([1]);
    batches[0]?.answer(acknowledged);
    await turn();
    expect(batches[1]?.items).toEqual(items.slice(1));
    batches[1]?.answer(acknowledged);
    await outbox.drained();
    expect(done).toEqual(items);
  });

  it('has no room while too many bytes wait, and has again once they are acknowledged', async () => {
    const { delivery, batches } = heldDelivery();
    const outbox = new Outbox({ delivery, onAcknowledged: () => {}, onMismatch: async () => {} });
    for (let n = 0; n < 5; n++) outbox.push(item(`${n}`, 1024 * 1024));
    expect(outbox.hasRoom).toBe(false);
    const room = outbox.room();
    for (let n = 0; n < 5; n++) {
      await turn();
      batches[n]?.answer(acknowledged);
    }
    await room;
    expect(outbox.hasRoom).toBe(true);
  });

  it('tells everyone who waits when delivery has failed for good', async () => {
    const { delivery, batches } = heldDelivery();
    const outbox = new Outbox({ delivery, onAcknowledged: () => {}, onMismatch: async () => {} });
    for (let n = 0; n < 5; n++) outbox.push(item(`${n}`, 1024 * 1024));
    const [room, drained] = [outbox.room(), outbox.drained()];
    room.catch(() => {});
    drained.catch(() => {});
    await turn();
    batches[0]?.fail(new AdwStreamError('server_unreachable', 'gone'));
    await expect(room).rejects.toMatchObject({ code: 'server_unreachable' });
    await expect(drained).rejects.toMatchObject({ code: 'server_unreachable' });
  });

  it.each([
    ['goes on where a server stands ahead with what lies on disk', true, 0],
    ['reads again where it claims what does not', false, 1],
  ])('%s', async (_what, isOnDisk, expected) => {
    const { delivery, batches } = heldDelivery();
    let mismatches = 0;
    const outbox = new Outbox({
      delivery,
      onAcknowledged: () => {},
      isOnDisk: () => isOnDisk,
      onMismatch: async () => void mismatches++,
    });
    outbox.push(item('one'));
    await turn();
    const ahead = [{ path: 'p', fingerprint: 'f', attempt: 1, next: 99, lines: 1, tail_sha256: 'aa' }];
    batches[0]?.answer({ ...acknowledged, ahead });
    await outbox.drained();
    expect(mismatches).toBe(expected);
  });

  it('keeps events of other files after a mismatch, but no unit', async () => {
    const { delivery, batches } = heldDelivery();
    let mismatches = 0;
    const outbox = new Outbox({ delivery, onAcknowledged: () => {}, onMismatch: async () => void mismatches++ });
    outbox.push(item('kept'));
    await turn();
    batches[0]?.answer({ kind: 'mismatch' });
    await turn();
    expect(mismatches).toBe(1);
    expect(batches[1]?.items).toEqual([item('kept')]);
    batches[1]?.answer(acknowledged);
    await outbox.drained();
  });
});
