import { describe, expect, it } from 'vitest';
import { COMMIT_EVENTS_MAX, groupCommit, type Settled } from '../../../../src/server/store/sqlite/group-commit.ts';

describe('a group commit', () => {
  const recording = () => {
    const batches: number[][] = [];
    const commit = (calls: readonly number[]): Settled<number>[] => {
      batches.push([...calls]);
      return calls.map(call => (call < 0 ? { ok: false, error: new Error(`${call}`) } : { ok: true, answer: call }));
    };
    return { batches, group: groupCommit(commit, () => 1) };
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

  it('gathers while it is busy, and shares commits then', async () => {
    const { batches, group } = recording();
    await group.submit(1);
    const publishers = Array.from({ length: 5 }, async (_, publisher) => {
      for (let round = 0; round < 5; round += 1) await group.submit(publisher * 10 + round);
    });
    await Promise.all(publishers);
    expect(batches.length).toBeLessThan(1 + 25);
    expect(batches.flat()).toHaveLength(26);
  });

  it('does not wait once it has gathered enough', async () => {
    const { batches, group } = recording();
    await group.submit(0);
    await Promise.all(Array.from({ length: COMMIT_EVENTS_MAX }, (_, call) => group.submit(call)));
    expect(batches).toHaveLength(2);
    expect(group.pending).toBe(0);
  });

  it('refuses everything when the commit fails, and takes the next', async () => {
    let broken = true;
    const group = groupCommit<number, number>(
      calls => {
        if (broken) throw new Error('broken');
        return calls.map(answer => ({ ok: true, answer }));
      },
      () => 1,
    );
    await expect(Promise.all([group.submit(1), group.submit(2)])).rejects.toThrow('broken');
    broken = false;
    expect(await group.submit(3)).toBe(3);
  });
});
