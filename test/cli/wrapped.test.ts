import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Context } from '../../src/cli/context.ts';
import { runWrapped } from '../../src/cli/wrapped.ts';
import { temporaryDirectory, testIo } from './helpers.ts';

it('a wrapped command gets the environment, and none of our tokens', async () => {
  const file = join(await temporaryDirectory(), 'env');
  const secrets = ['ADW_STREAM_TOKEN', 'ADW_STREAM_READ_TOKEN', 'ADW_STREAM_STORE_TOKEN', 'ADW_STREAM_STORE_PASSWORD'];
  const env = {
    PATH: process.env.PATH,
    MINE: 'kept',
    ADW_STREAM_SERVER: 'http://x',
    ...Object.fromEntries(secrets.map(name => [name, 'hidden'])),
  };
  const io = await testIo({ env });
  const stop = { onSignal: () => () => {} };
  const context = { io, stop, wrapped: ['sh', '-c', `env > ${file}; exit 3`] } as unknown as Context;
  expect(await runWrapped(context)).toBe(3);
  const seen = await readFile(file, 'utf8');
  expect(seen).toContain('MINE=kept');
  expect(seen).toContain('ADW_STREAM_SERVER=http://x');
  expect(seen).not.toContain('hidden');
});
