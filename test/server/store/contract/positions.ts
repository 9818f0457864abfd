import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PositionMismatchError, type Store } from '../../../../src/server/store/store.ts';
import type { StoreHarness } from '../contract.ts';
import { anEventEntry, aUnitEntry, idsOf, type UnitWish } from './entries.ts';

const PATH = 'sdlc_planner/raw_output.jsonl';

/** What units promise: a byte range is in the log once, in order, whole, or not at all. */
export function positionContract({ fresh }: StoreHarness): void {
  const refused = async (store: Store, ...wishes: UnitWish[]): Promise<PositionMismatchError> => {
    const error = await store.append(wishes.map(aUnitEntry)).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(PositionMismatchError);
    return error as PositionMismatchError;
  };

  describe('positions', () => {
    it('knows none of an unknown ADW', async () => {
      expect(await (await fresh()).positions('1a2b3c4d')).toEqual([]);
    });

    it('moves with its unit and says so', async () => {
      const store = await fresh();
      await store.append([aUnitEntry({ offset: 0, end: 10, lines: 2 })]);
      const { positions, outcomes } = await store.append([aUnitEntry({ offset: 10, end: 15, terminated: false })]);
      expect(outcomes).toEqual(['accepted']);
      const position = { path: PATH, fingerprint: 'f1', attempt: 1, next: 15, lines: 3, terminated: false };
      expect(positions).toMatchObject([{ adw_id: '1a2b3c4d', ...position }]);
      expect(await store.positions('1a2b3c4d')).toMatchObject([position]);
    });

    it('is carried by the tail hash of the last unit', async () => {
      const store = await fresh();
      const unit = aUnitEntry({ offset: 0, end: 10 });
      await store.append([unit]);
      const [position] = await store.positions('1a2b3c4d');
      expect(unit.kind === 'unit' && unit.unit.tailSha256).toBe(position?.tail_sha256);
    });

    it('takes several units of one file in one call', async () => {
      const store = await fresh();
      const { outcomes, positions } = await store.append([
        aUnitEntry({ offset: 0, end: 10 }),
        aUnitEntry({ offset: 10, end: 20 }),
        aUnitEntry({ offset: 0, end: 10 }),
      ]);
      expect(outcomes).toEqual(['accepted', 'accepted', 'duplicate']);
      expect(positions.map(position => position.next)).toEqual([20]);
    });

    it('counts a unit that ends at or before the position as a duplicate and answers where the log stands', async () => {
      const store = await fresh();
      await store.append([aUnitEntry({ offset: 0, end: 10, typed: 3 })]);
      const again = await store.append([
        aUnitEntry({ offset: 0, end: 10, typed: 3 }),
        aUnitEntry({ offset: 2, end: 9 }),
      ]);
      expect(again.outcomes).toEqual(['duplicate', 'duplicate']);
      expect(again.positions.map(position => position.next)).toEqual([10]);
      expect(await store.read({ limit: 10 })).toHaveLength(4);
    });

    it('refuses a unit beyond the position, and one that overlaps it, with the position to go to', async () => {
      const store = await fresh();
      expect((await refused(store, { offset: 5, end: 10 })).positions).toMatchObject([{ path: PATH, next: 0 }]);
      await store.append([aUnitEntry({ offset: 0, end: 10 })]);
      expect((await refused(store, { offset: 11, end: 12 })).positions).toMatchObject([
        { adw_id: '1a2b3c4d', path: PATH, fingerprint: 'f1', next: 10 },
      ]);
      expect((await refused(store, { offset: 5, end: 12 })).positions).toMatchObject([{ next: 10 }]);
    });

    it('stores nothing at all of a refused call', async () => {
      const store = await fresh();
      const call = [anEventEntry({ id: 'x' }), aUnitEntry({ offset: 0, end: 10 }), aUnitEntry({ offset: 11, end: 20 })];
      await expect(store.append(call)).rejects.toBeInstanceOf(PositionMismatchError);
      expect(store.lastSeq).toBe(0);
      expect(await store.positions('1a2b3c4d')).toEqual([]);
      expect(await store.read({ limit: 10 })).toEqual([]);
      expect((await store.append(call.slice(0, 2))).outcomes).toEqual(['accepted', 'accepted']);
    });

    it('spoils no other call that waits for the same commit', async () => {
      const store = await fresh();
      const settled = await Promise.allSettled([
        store.append([aUnitEntry({ offset: 0, end: 10 })]),
        store.append([anEventEntry({ id: 'lost' }), aUnitEntry({ offset: 99, end: 100 })]),
        store.append([aUnitEntry({ offset: 10, end: 20 })]),
        store.append([anEventEntry({ id: 'kept' })]),
      ]);
      expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
      expect(idsOf(await store.read({ limit: 10 }))).toEqual([`${PATH}:f1:0-10`, `${PATH}:f1:10-20`, 'kept']);
    });

    it('keeps a position per ADW, path and generation', async () => {
      const store = await fresh();
      await store.append([
        aUnitEntry({ offset: 0, end: 10 }),
        aUnitEntry({ offset: 0, end: 20, fingerprint: 'f2', attempt: 2 }),
        aUnitEntry({ offset: 0, end: 30, path: 'tester/raw_output.jsonl' }),
        aUnitEntry({ offset: 0, end: 40, adwId: 'eeeeeeee' }),
      ]);
      const own = await store.positions('1a2b3c4d');
      expect(own.map(({ fingerprint, next, attempt }) => [fingerprint, next, attempt]).sort()).toEqual([
        ['f1', 10, 1],
        ['f1', 30, 1],
        ['f2', 20, 2],
      ]);
      expect((await store.positions('eeeeeeee')).map(({ next }) => next)).toEqual([40]);
    });

    it('equals a model for any interleaving of repeated, overlapping and too early units', async () => {
      const unit = fc.record({
        file: fc.integer({ min: 0, max: 1 }),
        offset: fc.integer({ min: 0, max: 6 }),
        length: fc.integer({ min: 1, max: 3 }),
      });
      const calls = fc.array(fc.array(unit, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 25 });
      await fc.assert(
        fc.asyncProperty(calls, async plan => {
          const store = await fresh();
          const results = await Promise.allSettled(
            plan.map(call =>
              store.append(
                call.map(({ file, offset, length }) =>
                  aUnitEntry({ fingerprint: `f${file}`, offset, end: offset + length, typed: 1 }),
                ),
              ),
            ),
          );
          const { log, outcomes } = model(plan);
          expect(results.map(result => (result.status === 'fulfilled' ? result.value.outcomes : 'refused'))).toEqual(
            outcomes,
          );
          expect(idsOf(await store.read({ limit: 1_000 }))).toEqual(log);
          await store.close();
        }),
        { numRuns: 25 },
      );
    });
  });
}

type Planned = { readonly file: number; readonly offset: number; readonly length: number };

/** What the log must hold after `calls`, and how each must be answered. */
function model(calls: readonly (readonly Planned[])[]) {
  let next = [0, 0];
  const log: string[] = [];
  const outcomes: ('refused' | ('accepted' | 'duplicate')[])[] = [];
  for (const call of calls) {
    const moved = [...next];
    const added: string[] = [];
    const answers: ('accepted' | 'duplicate')[] = [];
    for (const { file, offset, length } of call) {
      const end = offset + length;
      if (end <= moved[file]!) answers.push('duplicate');
      else if (offset === moved[file]) {
        moved[file] = end;
        const id = `${PATH}:f${file}:${offset}-${end}`;
        added.push(id, `${id}/0`);
        answers.push('accepted');
      } else break;
    }
    const whole = answers.length === call.length;
    outcomes.push(whole ? answers : 'refused');
    if (!whole) continue;
    log.push(...added);
    next = moved;
  }
  return { log, outcomes };
}
