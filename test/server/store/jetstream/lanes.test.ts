import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LaneJob, Lanes } from '../../../../src/server/store/jetstream/lanes.ts';

interface Job extends LaneJob {
  readonly number: number;
}

const job = (number: number, keys: readonly string[], { weight = 1, alone = false } = {}): Job => ({
  number,
  keys,
  weight,
  alone,
});

/** Lanes whose batches end when the test says so. */
function heldLanes(weightMax = 1_000) {
  const batches: { jobs: readonly Job[]; end: () => void }[] = [];
  const lanes = new Lanes<Job>({
    weightMax,
    run: jobs => new Promise(resolve => batches.push({ jobs, end: resolve })),
  });
  return { lanes, batches, numbers: () => batches.map(({ jobs }) => jobs.map(({ number }) => number)) };
}

const turn = () => new Promise(resolve => setImmediate(resolve));

describe('lanes', () => {
  it('gather what waits for a busy key, and leave other keys alone', async () => {
    const { lanes, batches, numbers } = heldLanes();
    lanes.add(job(1, ['a']));
    await turn();
    for (const [number, key] of [
      [2, 'a'],
      [3, 'b'],
      [4, 'a'],
    ] as const) {
      lanes.add(job(number, [key]));
    }
    await turn();
    expect(numbers()).toEqual([[1], [3]]);
    batches[0]!.end();
    await turn();
    expect(numbers()).toEqual([[1], [3], [2, 4]]);
  });

  it('end a batch before it gets too heavy, unless one job alone is', async () => {
    const { lanes, batches, numbers } = heldLanes(10);
    for (const [number, weight] of [6, 6, 30, 1].entries()) lanes.add(job(number, ['a'], { weight }));
    for (let batch = 0; batch < 4; batch += 1) {
      await turn();
      batches[batch]?.end();
    }
    expect(numbers()).toEqual([[0], [1], [2], [3]]);
  });

  it('share no batch with a job that wants to be alone', async () => {
    const { lanes, batches, numbers } = heldLanes();
    lanes.add(job(1, ['a']));
    lanes.add(job(2, ['a'], { alone: true }));
    lanes.add(job(3, ['a']));
    for (let batch = 0; batch < 3; batch += 1) {
      await turn();
      batches[batch]?.end();
    }
    expect(numbers()).toEqual([[1], [2], [3]]);
  });

  it('are idle once everything was done', async () => {
    const { lanes, batches } = heldLanes();
    await lanes.idle();
    lanes.add(job(1, ['a']));
    expect(lanes.pending).toBe(1);
    let idle = false;
    void lanes.idle().then(() => {
      idle = true;
    });
    await turn();
    expect(idle).toBe(false);
    batches[0]!.end();
    await turn();
    expect([idle, lanes.pending]).toEqual([true, 0]);
  });

  it('do every job once, in order on each key, and never two batches of a key at a time', async () => {
    const keys = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 });
    const plan = fc.array(fc.tuple(keys, fc.boolean(), fc.nat(3)), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(plan, async jobs => {
        const done: Job[] = [];
        const running = new Set<string>();
        const lanes = new Lanes<Job>({
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
        for (const [number, [own, alone, weight]] of jobs.entries()) lanes.add(job(number, own, { alone, weight }));
        await lanes.idle();
        expect(done.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual([...jobs.keys()]);
        for (const key of ['a', 'b', 'c']) {
          const order = done.filter(one => one.keys.includes(key)).map(({ number }) => number);
          expect(order).toEqual(order.toSorted((a, b) => a - b));
        }
      }),
    );
  });
});
