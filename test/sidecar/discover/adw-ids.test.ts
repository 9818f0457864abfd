import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { loggerTo } from '../../../src/base/log.ts';
import { watchAdwIds } from '../../../src/sidecar/discover/adw-ids.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { until } from '../../support/until.ts';

const RUNS = 40;

test('runs that appear together are told of one in a turn of the event loop: each that is told of goes through its tree', async () => {
  const [agentsDir, elsewhere] = [temporaryDirectory(), temporaryDirectory()];
  const ids = Array.from({ length: RUNS }, (_, index) => `run${String(index).padStart(5, '0')}`);
  for (const id of ids) mkdirSync(join(elsewhere, id));
  const stop = new AbortController();
  const told: { readonly id: string; readonly turn: number }[] = [];
  let turn = 0;
  const counting = (async () => {
    while (!stop.signal.aborted) {
      turn += 1;
      await setImmediate();
    }
  })();
  const watching = watchAdwIds(
    { agentsDir },
    { idFormat: 'any', signal: stop.signal, onAdw: id => void told.push({ id, turn }), log: loggerTo(() => {}) },
  );
  for (const id of ids) renameSync(join(elsewhere, id), join(agentsDir, id));
  await until('all are told of', () => told.length === RUNS);
  stop.abort();
  await Promise.all([watching, counting]);
  expect(told.map(({ id }) => id).toSorted()).toEqual(ids);
  expect(new Set(told.map(one => one.turn)).size).toBe(RUNS);
});
