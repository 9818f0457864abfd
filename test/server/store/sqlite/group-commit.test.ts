import { describe, expect, it } from 'vitest';
import { COMMIT_EVENTS_MAX, groupCommit, type Settled } from '../../../../src/server/store/sqlite/group-commit.ts';

describe('a group commit', () => {
  /** A group whose disk is as fast as the test says: `sync` is the disk. */
  const recording = (sync: () => Promise<void> = () => new Promise(resolve => setImmediate(resolve))) => {
    const batches: number[][] = [];
    const published: number[] = [];
    const answerOf = (call: number): Settled<number> =>
      call < 0 ? { ok: false, error: new Error(`${call}`) } : { ok: true, answer: call };
    const commit = (calls: readonly number[]) => {
      batches.push([...calls]);
      return { answers: calls.map(answerOf), publish: () => void published.push(...calls) };
    };
    return { batches, published, group: groupCommit({ commit, sync, sizeOf: () => 1 }) };
  };
  /** A disk that works until it is told that it is done, or has failed. */
  const slowDisk = () => {
    const working: { done: () => void; fail: (error: Error) => void }[] = [];
    const sync = () => new Promise<void>((done, fail) => working.push({ done, fail }));
    const isWorking = (times: number) => expect.poll(() => working.length).toBe(times);
    return { working, sync, isWorking };
  };

  it('takes together what arrives together, in order', async () => {
    const { batches, group } = recording();
    expect(await Promise.all([1, 2, 3].map(call => group.submit(call)))).toEqual([1, 2, 3]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('answers each call for itself', async () => {
    const { group } = recording();
    const settled = await Promise.allSettled([1, -2, 3].map(call => group.submit(call)));
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('gathers while the disk works, and answers nothing and shows nothing before it is done', async () => {
    const { working, sync, isWorking } = slowDisk();
    const { batches, published, group } = recording(sync);
    const first = group.submit(1);
    await isWorking(1);
    let answered = 0;
    const others = [2, 3, 4].map(call => group.submit(call).then(() => answered++));
    await new Promise(resolve => setImmediate(resolve));
    expect({ batches, published, pending: group.pending, answered }).toEqual({
      batches: [[1]],
      published: [],
      pending: 4,
      answered: 0,
    });
    working[0]?.done();
    expect(await first).toBe(1);
    await isWorking(2);
    expect({ batches, published, answered }).toEqual({ batches: [[1], [2, 3, 4]], published: [1], answered: 0 });
    working[1]?.done();
    await Promise.all(others);
    expect({ published, pending: group.pending }).toEqual({ published: [1, 2, 3, 4], pending: 0 });
  });

  it('does not gather without end: enough is committed while the disk still works', async () => {
    const { working, sync, isWorking } = slowDisk();
    const { batches, published, group } = recording(sync);
    const first = group.submit(0);
    await isWorking(1);
    const many = Array.from({ length: COMMIT_EVENTS_MAX }, (_, call) => group.submit(call));
    await expect.poll(() => batches.length).toBe(2);
    expect({ published, syncs: working.length }).toEqual({ published: [], syncs: 1 });
    working[0]?.done();
    await first;
    await isWorking(2);
    working[1]?.done();
    await Promise.all(many);
    expect(group.pending).toBe(0);
  });

  it('refuses everything when the commit fails, and takes the next', async () => {
    let broken = true;
    const commit = (calls: readonly number[]) => {
      if (broken) throw new Error('broken');
      return { answers: calls.map(answer => ({ ok: true, answer }) as const), publish: () => {} };
    };
    const group = groupCommit({ commit, sync: async () => {}, sizeOf: () => 1 });
    await expect(Promise.all([group.submit(1), group.submit(2)])).rejects.toThrow('broken');
    broken = false;
    expect(await group.submit(3)).toBe(3);
  });

  it('refuses what the disk could not keep, and shows it once the disk has it after all, in order', async () => {
    const { working, sync, isWorking } = slowDisk();
    const { published, group } = recording(sync);
    const lost = group.submit(1);
    await isWorking(1);
    working[0]?.fail(new Error('no disk'));
    await expect(lost).rejects.toThrow('no disk');
    expect({ published, pending: group.pending }).toEqual({ published: [], pending: 0 });
    const next = group.submit(2);
    await isWorking(2);
    working[1]?.done();
    expect(await next).toBe(2);
    expect(published).toEqual([1, 2]);
  });

  it('says when everything is durable that was committed before it was asked', async () => {
    const { working, sync, isWorking } = slowDisk();
    const { published, group } = recording(sync);
    await group.durable();
    const first = group.submit(1);
    await isWorking(1);
    const many = Array.from({ length: COMMIT_EVENTS_MAX }, () => group.submit(2));
    await new Promise(resolve => setImmediate(resolve));
    const durable = group.durable().then(() => published.length);
    working[0]?.done();
    await first;
    await isWorking(2);
    working[1]?.done();
    expect(await durable).toBe(1 + COMMIT_EVENTS_MAX);
    await Promise.all(many);
  });

  it('drains: what waits is committed, and all of it durable', async () => {
    const { batches, published, group } = recording();
    const calls = Promise.all([group.submit(1), group.submit(2)]);
    await group.drain();
    expect({ batches, published }).toEqual({ batches: [[1, 2]], published: [1, 2] });
    expect(await calls).toEqual([1, 2]);
  });
});
