import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import { testIo } from '../helpers.ts';

test('trying the port does not answer for the server that is to listen there', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  const io = await testIo();
  await main(['doctor', '--port', String(port), '--server', `http://127.0.0.1:${port}`], io);
  expect(io.out()).toContain(`✓ port              ${port} is free`);
  expect(io.out()).toContain(`! server            http://127.0.0.1:${port} does not answer (connect ECONNREFUSED`);
});
