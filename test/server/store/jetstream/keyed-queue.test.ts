import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KeyedJob, KeyedQueue } from '../../../../src/server/store/jetstream/keyed-queue.ts';

interface Job extends KeyedJob {
  readonly number: number;
}

const job = (number: number, keys: readonly string[], { weight = 1, alone = false } = {}): Job => ({
  number,
  keys,
  weight,
  alone,
});

/** A queue whose batches end when the test says so. */
function heldQueue(weightMax = 1_000) {
  const batches: { jobs: readonly Job[]; end: () => void }[] = [];
  const queue = new KeyedQueue<Job>({
    weightMax,
    run: jobs => new Promise(resolve => batches.push({ jobs, end: resolve })),
  });
  return { queue, batches, numbers: () => batches.map(({ jobs }) => jobs.map(({ number }) => number)) };
}

const turn = () => new Promise(resolve => setImmediate(resolve));

describe('a keyed queue', () => {
  it('gather what waits for a busy key, and leave other keys alone', async () => {
    const { queue, batches, numbers } = heldQueue();
    queue.add(job(1, ['a']));
    await turn();
    for (const [number, key] of [
      [2, 'a'],
      [3, 'b'],
      [4, 'a'],
    ] as const) {
      queue.add(job(number, [key]));
    }
    await turn();
    expect(numbers()).toEqual([[1], [3]]);
    batches[0]!.end();
    await turn();
    expect(numbers()).toEqual([[1], [3], [2, 4]]);
  });

  it('end a batch before it gets too heavy, unless one job alone is', async () => {
    const { queue, batches, numbers } = heldQueue(10);
    for (const [number, weight] of [6, 6, 30, 1].entries()) queue.add(job(number, ['a'], { weight }));
    for (let batch = 0; batch < 4; batch += 1) {
      await turn();
      batches[batch]?.end();
    }
    expect(numbers()).toEqual([[0], [1], [2], [3]]);
  });

  it('share no batch with a job that wants to be alone', async () => {
    const { queue, batches, numbers } = heldQueue();
    queue.add(job(1, ['a']));
    queue.add(job(2, ['a'], { alone: true }));
    queue.add(job(3, ['a']));
    for (let batch = 0; batch < 3; batch += 1) {
      await turn();
      batches[batch]?.end();
    }
    expect(numbers()).toEqual([[1], [2], [3]]);
  });

  it('are idle once everything was done', async () => {
    const { queue, batches } = heldQueue();
    await queue.idle();
    queue.add(job(1, ['a']));
    expect(queue.pending).toBe(1);
    let idle = false;
    void queue.idle().then(() => {
      idle = true;
    });
    await turn();
    expect(idle).toBe(false);
    batches[0]!.end();
    await turn();
    expect([idle, queue.pending]).toEqual([true, 0]);
  });

  it('do every job once, in order on each key, and never two batches of a key at a time', async () => {
    const keys = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 });
    const plan = fc.array(fc.tuple(keys, fc.boolean(), fc.nat(3)), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(plan, async jobs => {
        const done: Job[] = [];
        const running = new Set<string>();
        const queue = new KeyedQueue<Job>({
          weightMax: 5,
          run: async batch => {
            const own = new Set(batch.flatMap(one => one.keys));
            for (const key of own) {
              expect(running.has(key)).toBe(false);
              running.add(key);
            }
            for (let pause = 0; pause < own.size; pause += 1) await Promise.resolve();
            for (const key of own) running.delete(key);
            done.push(...batch);
          },
        });
        for (const [number, [own, alone, weight]] of jobs.entries()) queue.add(job(number, own, { alone, weight }));
        await queue.idle();
        expect(done.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual([...jobs.keys()]);
        for (const key of ['a', 'b', 'c']) {
          const order = done.filter(one => one.keys.includes(key)).map(({ number }) => number);
          expect(order).toEqual(order.toSorted((a, b) => a - b));
        }
      }),
    );
  });
});
