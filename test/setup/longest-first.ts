import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, longest first. One of them that began last would run on alone, beside idle cores; by itself
 * vitest goes by size, and by what an earlier run on the same machine has measured.
 */
const LONGEST = [
  'bench/bench.test.ts',
  'e2e/experiment.test.ts',
  'server/store/jetstream.test.ts',
  'client/outages.test.ts',
  'server/store/sqlite.test.ts',
  'dashboard/accessibility.test.ts',
  'e2e/cluster.test.ts',
  'e2e/wrapped.test.ts',
  'e2e/looking.test.ts',
  'e2e/load.test.ts',
  'e2e/cli.test.ts',
];

/** Begins with the files that take longest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex(name => moduleId.endsWith(`/test/${name}`));
      return at < 0 ? LONGEST.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
