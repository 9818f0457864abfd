import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { stateExitCode } from '../../src/cli/output/state.ts';
import { STATES } from '../../src/event/run-state.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The rows of the table of states: state, what leads to it, exit code, name of a test. */
const rows = [...read('docs/states.md').matchAll(/^\| `(\w+)` \|(.+)\| (\d) \| (.+) \|$/gm)];

test('docs/states.md has every state, in order, with its exit code', () => {
  expect(rows.map(([, state]) => state)).toEqual(STATES);
  expect(rows.map(([, , , code]) => Number(code))).toEqual(STATES.map(stateExitCode));
});

test.each(rows.map(([, state, , , name]) => [state, name]))(
  'docs/states.md names a test of %s that exists',
  (_, name) => {
    expect(read('test/adw/judgement.test.ts')).toContain(`'${name}'`);
  },
);
