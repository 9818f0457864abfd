import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PositionMismatchError, type Store } from '../../../../src/server/store/store.ts';
import type { StoreHarness } from '../contract.ts';
import { anEventEntry, aUnitEntry, idsOf, type UnitFields } from './entries.ts';

const PATH = 'sdlc_planner/raw_output.jsonl';

/** What units promise: a byte range is in the log once, in order, whole, or not at all. */
export function positionContract({ fresh, place, open }: StoreHarness): void {
  const refused = async (store: Store, ...units: UnitFields[]): Promise<PositionMismatchError> => {
    const error = await store.append(units.map(aUnitEntry)).then(
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

    it('counts a unit that the log holds as a duplicate, as a whole, and answers where the log stands', async () => {
      const store = await fresh();
      await store.append([aUnitEntry({ offset: 0, end: 10, typed: 3 })]);
      await store.append([aUnitEntry({ offset: 10, end: 20 })]);
      const again = await store.append([
        aUnitEntry({ offset: 0, end: 10, typed: 3 }),
        aUnitEntry({ offset: 10, end: 20 }),
      ]);
      expect(again.outcomes).toEqual(['duplicate', 'duplicate']);
      expect(again.positions.map(position => position.next)).toEqual([20]);
      expect(await store.read({ limit: 10 })).toHaveLength(5);
    });

    it('knows a unit that was cut otherwise by the tail at the position, where that covers it', async () => {
      const store = await fresh();
      await store.append([aUnitEntry({ offset: 0, end: 10_000 })]);
      expect((await store.append([aUnitEntry({ offset: 9_000, end: 10_000 })])).outcomes).toEqual(['duplicate']);
      const { units } = await refused(store, { offset: 5_000, end: 10_000 });
      expect(units).toMatchObject([{ isBehind: true, held: [{ offset: 0, end: 10_000 }] }]);
    });

    it('refuses a unit behind the position whose bytes it does not hold, and says what it holds instead', async () => {
      const store = await fresh();
      const held = [aUnitEntry({ offset: 0, end: 10 }), aUnitEntry({ offset: 10, end: 30 })];
      await store.append(held);
      for (const other of [
        { offset: 0, end: 10, bytes: 'others' },
        { offset: 2, end: 9 },
        { offset: 10, end: 29 },
      ]) {
        const { positions, units } = await refused(store, other);
        expect(positions).toMatchObject([{ path: PATH, next: 30 }]);
        const behind = held.flatMap(entry =>
          entry.kind === 'unit' && entry.unit.end > other.offset ? [entry.unit] : [],
        );
        const ranges = behind.map(({ offset, end, sha256 }) => ({ offset, end, sha256 }));
        expect(units).toEqual([
          { unit: expect.objectContaining({ offset: other.offset }), held: ranges, isBehind: true },
        ]);
      }
      expect(await store.read({ limit: 10 })).toHaveLength(2);
    });

    it('loses no line of the shorter of two files with one name and one first line', async () => {
      const store = await fresh();
      await store.append([
        aUnitEntry({ offset: 0, end: 10 }),
        aUnitEntry({ offset: 10, end: 500, bytes: 'of one host' }),
      ]);
      const shorter = [aUnitEntry({ offset: 0, end: 10 }), aUnitEntry({ offset: 10, end: 200, bytes: 'of the other' })];
      await expect(store.append(shorter)).rejects.toBeInstanceOf(PositionMismatchError);
      const other = { fingerprint: 'f1~2', attempt: 2, bytes: 'of the other' };
      const { outcomes } = await store.append([aUnitEntry({ ...other, offset: 0, end: 200 })]);
      expect(outcomes).toEqual(['accepted']);
    });

    it('tells the ranges that it holds of a file generation, in order, and nothing of one that it does not know', async () => {
      const store = await fresh();
      const units = [aUnitEntry({ offset: 0, end: 10 }), aUnitEntry({ offset: 10, end: 30 })];
      await store.append(units);
      await store.append([aUnitEntry({ fingerprint: 'f2', offset: 0, end: 7 })]);
      const held = units.flatMap(entry => (entry.kind === 'unit' ? [entry.unit] : []));
      expect(await store.heldUnits('1a2b3c4d', { path: PATH, fingerprint: 'f1' })).toEqual(
        held.map(({ offset, end, sha256 }) => ({ offset, end, sha256 })),
      );
      expect(await store.heldUnits('1a2b3c4d', { path: PATH, fingerprint: 'f3' })).toEqual([]);
      expect(await store.heldUnits('eeeeeeee', { path: PATH, fingerprint: 'f1' })).toEqual([]);
    });

    it('holds a position that somebody moved against nobody: the lines behind it are refused, never counted as there', async () => {
      const store = await fresh();
      await store.append([aUnitEntry({ offset: 0, end: 10 })]);
      await store.append([aUnitEntry({ offset: 10, end: 1_000_000_000, bytes: 'poison' })]);
      for (const offset of [10, 20, 500_000]) {
        expect((await refused(store, { offset, end: offset + 10 })).units).toMatchObject([{ isBehind: true }]);
      }
    });

    it('keeps what it holds over a restart', async () => {
      const where = await place();
      const store = await open(where);
      await store.append([aUnitEntry({ offset: 0, end: 10 }), aUnitEntry({ offset: 10, end: 20 })]);
      await store.close();
      const again = await open(where);
      expect((await again.append([aUnitEntry({ offset: 0, end: 10 })])).outcomes).toEqual(['duplicate']);
      expect((await refused(again, { offset: 0, end: 9 })).units[0]?.held).toHaveLength(2);
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
      const store = await fresh();
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(calls, async plan => {
          // An ADW of its own for each plan, in one log: opening a log takes longer than all that is done with it.
          const adwId = (++runs).toString(16).padStart(8, '0');
          const results = await Promise.allSettled(
            plan.map(call =>
              store.append(
                call.map(({ file, offset, length }) =>
                  aUnitEntry({ adwId, fingerprint: `f${file}`, offset, end: offset + length, typed: 1 }),
                ),
              ),
            ),
          );
          const { log, outcomes } = model(plan);
          expect(results.map(result => (result.status === 'fulfilled' ? result.value.outcomes : 'refused'))).toEqual(
            outcomes,
          );
          expect(idsOf(await store.read({ adwId, limit: 1_000 }))).toEqual(log);
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
  let held = new Set<string>();
  const log: string[] = [];
  const outcomes: ('refused' | ('accepted' | 'duplicate')[])[] = [];
  for (const call of calls) {
    const moved = [...next];
    const holds = new Set(held);
    const added: string[] = [];
    const answers: ('accepted' | 'duplicate')[] = [];
    for (const { file, offset, length } of call) {
      const end = offset + length;
      // The tail hashes of these short units cover them.
      const isHeld = holds.has(`${file}:${offset}-${end}`) || end === moved[file];
      if (end <= moved[file]! && isHeld) answers.push('duplicate');
      else if (offset === moved[file]) {
        moved[file] = end;
        holds.add(`${file}:${offset}-${end}`);
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
    held = holds;
  }
  return { log, outcomes };
}
