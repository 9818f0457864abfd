import { expect, test } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import { freePort } from '../../support/ports.ts';
import { testIo } from '../helpers.ts';

test('trying the port does not answer for the server that is to listen there', async () => {
  const port = await freePort();
  const io = await testIo();
  await main(['doctor', '--port', String(port), '--server', `http://127.0.0.1:${port}`], io);
  expect(io.out()).toContain(`✓ port              ${port} is free`);
  expect(io.out()).toContain(`! server            http://127.0.0.1:${port} does not answer (connect ECONNREFUSED`);
});
