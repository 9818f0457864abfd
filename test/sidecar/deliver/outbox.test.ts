import { describe, expect, it } from 'vitest';
import { AdwStreamError } from '../../../src/base/errors.ts';
import type { Acknowledged, Delivery, Mismatch } from '../../../src/sidecar/deliver/delivery.ts';
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
const acknowledged: Acknowledged = { kind: 'acknowledged', accepted: 1, refused: [] };

/** A delivery whose batches the test lets go one by one. */
function heldDelivery() {
  const batches: {
    items: readonly Item[];
    answer: (outcome: Acknowledged | Mismatch) => void;
    fail: (error: Error) => void;
  }[] = [];
  const delivery: Delivery = {
    kind: 'native',
    held: async () => undefined,
    positions: async () => undefined,
    send: (items, onTaken) =>
      new Promise((resolve, fail) => {
        const answer = (outcome: Acknowledged | Mismatch) => {
          if (outcome.kind === 'acknowledged') onTaken(items, outcome);
          resolve(outcome.kind === 'mismatch' ? outcome : undefined);
        };
        batches.push({ items, answer, fail });
      }),
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
      onTaken: items => void done.push(...items),
      onMismatch: async () => {},
      onChange: () => {},
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
    const room: boolean[] = [];
    const onChange = () => void room.push(outbox.hasRoom);
    const outbox = new Outbox({ delivery, onTaken: () => {}, onMismatch: async () => {}, onChange });
    for (let n = 0; n < 5; n++) outbox.push(item(`${n}`, 1024 * 1024));
    expect(outbox.hasRoom).toBe(false);
    for (let n = 0; n < 5; n++) {
      await turn();
      batches[n]?.answer(acknowledged);
    }
    await outbox.drained();
    expect(room.at(-1)).toBe(true);
  });

  it('sends no more in a batch than it is told to, and never less than an item', async () => {
    const { delivery, batches } = heldDelivery();
    const outbox = new Outbox({
      delivery,
      onTaken: () => {},
      onMismatch: async () => {},
      onChange: () => {},
      batchBytesMax: 2_500,
    });
    for (const [name, bytes] of [
      ['a', 5_000],
      ['b', 10],
      ['c', 10],
      ['d', 10],
    ] as const)
      outbox.push(item(name, bytes));
    for (let n = 0; n < 3; n++) {
      await turn();
      batches[n]?.answer(acknowledged);
    }
    await outbox.drained();
    expect(batches.map(({ items }) => items.length)).toEqual([1, 2, 1]);
  });

  it('tells when delivery has failed for good, and why', async () => {
    const { delivery, batches } = heldDelivery();
    const errors: unknown[] = [];
    const onChange = () => void errors.push(outbox.error);
    const outbox = new Outbox({ delivery, onTaken: () => {}, onMismatch: async () => {}, onChange });
    for (let n = 0; n < 5; n++) outbox.push(item(`${n}`, 1024 * 1024));
    const drained = outbox.drained();
    drained.catch(() => {});
    await turn();
    batches[0]?.fail(new AdwStreamError('server_unreachable', 'gone'));
    await expect(drained).rejects.toMatchObject({ code: 'server_unreachable' });
    expect(errors.at(-1)).toMatchObject({ code: 'server_unreachable' });
    await expect(outbox.drained()).rejects.toMatchObject({ code: 'server_unreachable' });
  });

  it('keeps events of other files after a mismatch, but no unit', async () => {
    const { delivery, batches } = heldDelivery();
    let mismatches = 0;
    const onMismatch = async () => void mismatches++;
    const outbox = new Outbox({ delivery, onTaken: () => {}, onMismatch, onChange: () => {} });
    outbox.push(item('kept'));
    await turn();
    batches[0]?.answer({ kind: 'mismatch' });
    await turn();
    expect(mismatches).toBe(1);
    expect(batches[1]?.items).toEqual([item('kept')]);
    batches[1]?.answer(acknowledged);
    await outbox.drained();
  });

  it('tells what waits in it, whatever becomes of that', async () => {
    const { delivery, batches } = heldDelivery();
    let waiting = 0;
    const backlogScheduler = {
      add: (bytes: number) => {
        waiting += bytes;
      },
    };
    const outbox = new Outbox({
      delivery,
      onTaken: () => {},
      onMismatch: async () => {},
      onChange: () => {},
      backlogScheduler,
    });
    const unit: Item = { kind: 'unit', unit: { offset: 0, end: 100, events: [], artifacts: [] } as never };
    outbox.push(item('a', 10));
    await turn();
    outbox.push(unit);
    outbox.push(item('b', 10));
    const [a, b] = [1_010, 1_010];
    expect(waiting).toBe(a + 100 + b);
    outbox.dropUnits();
    expect(waiting).toBe(a + b);
    batches[0]?.answer({ kind: 'mismatch' });
    await turn();
    expect(waiting).toBe(a + b);
    batches[1]?.fail(new AdwStreamError('server_unreachable', 'gone'));
    await turn();
    expect(waiting).toBe(0);
    for (const more of [unit, item('c'), item('d')]) outbox.push(more);
    await turn();
    outbox.close();
    expect(waiting).toBeGreaterThan(0);
    batches[2]?.answer(acknowledged);
    await turn();
    expect(waiting).toBe(0);
  });
});
