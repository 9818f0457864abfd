import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { program } from '../../support/program.ts';

const PROGRAM = fileURLToPath(new URL('./http-app-program.ts', import.meta.url));

/** What a server logs that may have `limit` descriptors. */
async function warnings(limit: number): Promise<string> {
  const start = `ulimit -n ${limit} && exec "$0" "$@"`;
  return execFileSync('sh', ['-c', start, process.execPath, await program(PROGRAM)], { encoding: 'utf8' });
}

it('warns at the start when there are few descriptors, and says how many connections they leave', async () => {
  expect(JSON.parse(await warnings(300))).toMatchObject({ descriptors: 300, connections_max: 172 });
  expect(await warnings(1_024)).toBe('');
});
