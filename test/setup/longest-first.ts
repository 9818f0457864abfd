import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, longest first. One of them that began last would run on alone, beside idle cores; by itself
 * vitest goes by size, and by what an earlier run on the same machine has measured.
 */
const LONGEST = [
  'bench/bench.test.ts',
  'e2e/cli.test.ts',
  'e2e/cluster.test.ts',
  'dashboard/live.test.ts',
  'e2e/terminal.test.ts',
  'e2e/experiment.test.ts',
  'dashboard/accessibility.test.ts',
  'e2e/watch-adversity.test.ts',
  'server/store/sqlite/data-dir.test.ts',
  'dashboard/hostile.test.ts',
  'e2e/runtimes.test.ts',
  'client/outages.test.ts',
  'dashboard/totals.test.ts',
  'sidecar/parse/redact-growth.test.ts',
  'e2e/reference/sidecar.test.ts',
  'sidecar/parse/redact.test.ts',
  'dashboard/pointer.test.ts',
  'sidecar/pipeline.test.ts',
  'dashboard/learning.test.ts',
  'e2e/lost-output.test.ts',
  'dashboard/one-word.test.ts',
  'e2e/claude-code.test.ts',
  'e2e/pi-codex.test.ts',
  'server/store/jetstream.test.ts',
  'e2e/client-hour.test.ts',
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
