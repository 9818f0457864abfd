import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Fault } from '../support/fault-proxy.ts';
import { type Action, Lane, World } from './experiment-world.ts';

/**
 * Random schedules of what workflows, machines and networks do, against the real processes and a model of what must be
 * in the log afterwards. `EXPERIMENT_RUNS` makes longer runs, `TEST_SEED` other ones.
 */
const RUNS = Number(process.env.EXPERIMENT_RUNS ?? 40);
const SEED = fc.readConfigureGlobal().seed;
const LANES = 3;
const FILES = 2;

const file = fc.integer({ min: 0, max: FILES - 1 });
const lines = fc.integer({ min: 1, max: 6 });
const fault = fc.constantFrom<Fault>('error-500', 'too-many-429', 'reset', 'answer-lost', 'slow', 'pass');
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('append' as const), file, lines, pad: fc.constantFrom(0, 3, 400, 30_000) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('append-piece' as const), file, cut: fc.nat(200) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('truncate' as const), file }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('rewrite' as const),
      file,
      lines: fc.integer({ min: 1, max: 12 }),
      sameFirstLine: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rename-over' as const), file, lines }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rename-away' as const), file }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unlink' as const), file }) },
  { weight: 3, arbitrary: fc.constant<Action>({ do: 'kill-sidecar' }) },
  { weight: 4, arbitrary: fc.constant<Action>({ do: 'start-sidecar' }) },
  { weight: 1, arbitrary: fc.constant<Action>({ do: 'kill-server' }) },
  { weight: 1, arbitrary: fc.constant<Action>({ do: 'start-server' }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      faults: fc.array(fault, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pause' as const), ms: fc.constantFrom(1, 20, 120, 400) }) },
  { weight: 2, arbitrary: fc.constant<Action>({ do: 'settle' }) },
);

it(
  `every line is in the log exactly once, in order, after ${RUNS} random schedules (seed ${SEED})`,
  async () => {
    const schedules = fc.sample(fc.array(action, { minLength: 4, maxLength: 16 }), { numRuns: RUNS });
    const directory = mkdtempSync(join(tmpdir(), 'adw-experiment-'));
    const failures: string[] = [];
    const next = schedules.entries();
    const runLane = async (lane: Lane) => {
      for (const [n, schedule] of next) {
        const adwId = n.toString(36).padStart(8, '0');
        const world = new World(lane, { directory: join(directory, adwId), adwId, files: FILES });
        const wrong = await world.run([{ do: 'start-sidecar' }, ...schedule]);
        lane.proxy.faults.length = 0;
        if (wrong.length > 0)
          failures.push(`schedule ${n} of seed ${SEED}: ${JSON.stringify(schedule)}\n  ${wrong.join('\n  ')}`);
        else rmSync(join(directory, adwId), { recursive: true, force: true });
      }
    };
    const lanes = await Promise.all(Array.from({ length: LANES }, (_, n) => Lane.open(join(directory, `lane-${n}`))));
    try {
      await Promise.all(lanes.map(runLane));
    } finally {
      await Promise.all(lanes.map(lane => lane.close()));
    }
    expect(failures).toEqual([]);
    rmSync(directory, { recursive: true, force: true });
  },
  RUNS * 20_000,
);
