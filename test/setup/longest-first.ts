import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, longest first, and those that mostly wait between those that mostly compute. One of them that
 * began last would run on alone, beside idle cores; by itself vitest goes by size, and by what an earlier run on the same
 * machine has measured.
 */
const LONGEST = [
  'e2e/cluster.test.ts',
  'bench/bench.test.ts',
  'dashboard/accessibility.test.ts',
  'dashboard/home.test.ts',
  'e2e/runtimes.test.ts',
  'e2e/terminal.test.ts',
  'e2e/cli.test.ts',
  'dashboard/live.test.ts',
  'dashboard/pointer.test.ts',
  'e2e/client-hour.test.ts',
  'e2e/claude-code.test.ts',
  'e2e/experiment.test.ts',
  'client/outages.test.ts',
  'e2e/pi-codex.test.ts',
  'e2e/up.test.ts',
  'server/store/jetstream.test.ts',
  'sidecar/parse/redact.test.ts',
  'e2e/watch-adversity.test.ts',
  'sidecar/pipeline.test.ts',
  'server/security/flood.test.ts',
  'e2e/lost-output.test.ts',
  'e2e/otlp.test.ts',
  'dashboard/learning.test.ts',
  'e2e/server-adversity.test.ts',
  'server/store/sqlite/data-dir.test.ts',
  'e2e/alarms.test.ts',
  'dashboard/hostile.test.ts',
  'e2e/wrapped.test.ts',
  'e2e/reference/sidecar.test.ts',
  'sidecar/parse/redact-growth.test.ts',
  'sidecar/deliver/links.test.ts',
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
