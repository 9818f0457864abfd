import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { findOtherRuns } from '../../../src/sidecar/discover/other-runs.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

function treeOf(...files: string[]): string {
  const agents = temporaryDirectory();
  for (const file of files) {
    mkdirSync(dirname(join(agents, file)), { recursive: true });
    writeFileSync(join(agents, file), '');
  }
  return agents;
}

test('runs with ids of another form are told from directories that are no runs, and from names that can be no id', () => {
  const agents = treeOf(
    '1a2b3c4d/planner/raw_output.jsonl',
    'adw_1700000000000_42/planner/raw_output.jsonl',
    'DAI-505/adw_state.json',
    '--skip-e2e/planner/prompts/plan.txt',
    'security_logs/today.txt',
    '.git/config',
    'file.txt',
  );
  expect(findOtherRuns(agents)).toEqual({
    otherForm: ['DAI-505', 'adw_1700000000000_42'],
    unnameable: ['--skip-e2e'],
    noRuns: ['security_logs'],
  });
});

test('a directory that cannot be read has nothing to show', () => {
  expect(findOtherRuns('/nonexistent')).toEqual({ otherForm: [], unnameable: [], noRuns: [] });
});
