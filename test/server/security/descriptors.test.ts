import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const RUNNER = fileURLToPath(new URL('../../programs/run-typescript.mjs', import.meta.url));
const PROGRAM = fileURLToPath(new URL('./http-app-program.ts', import.meta.url));

/** What a server logs that may have `limit` descriptors. */
function warnings(limit: number): string {
  const start = `ulimit -n ${limit} && exec "$0" "$@"`;
  return execFileSync('sh', ['-c', start, process.execPath, RUNNER, PROGRAM], { encoding: 'utf8' });
}

it('warns at the start when there are few descriptors, and says how many connections they leave', () => {
  expect(JSON.parse(warnings(300))).toMatchObject({ descriptors: 300, connections_max: 172 });
  expect(warnings(1_024)).toBe('');
}, 60_000);
