import { expect, test } from 'vitest';
import { serverForTest } from '../server/running.ts';
import { makeCertificates } from '../support/certificates.ts';
import { EXAMPLE_ID, exampleProject, run, temporaryDirectory } from './processes.ts';

test('a server with a certificate is delivered to by sidecars that trust it, and by no other', async () => {
  const { caFile, certFile, keyFile } = makeCertificates(await temporaryDirectory());
  const { agents } = await exampleProject();
  const { url } = await serverForTest({ tls: { certFile, keyFile } });
  const server = url.replace('127.0.0.1', 'localhost');
  const replay = async (at: string, env: Readonly<Record<string, string>>, ...more: string[]) => {
    const places = ['--agents-dir', agents, '--state-dir', await temporaryDirectory()];
    return run(['replay', EXAMPLE_ID, '--server', at, ...places, ...more], { env });
  };
  const trusting = { NODE_EXTRA_CA_CERTS: caFile };
  // The time is for each connection too: a server that is slow to greet would be what is complained of.
  const patience = ['--timeout', '5s'];

  const [stranger, delivered, address] = await Promise.all([
    replay(server, {}, ...patience),
    replay(server, trusting),
    // The certificate is for a name: it says nothing of an address.
    replay(url.replace('localhost', '127.0.0.1'), trusting, ...patience),
  ]);
  expect(stranger.code).not.toBe(0);
  expect(stranger.stderr).toContain('NODE_EXTRA_CA_CERTS');

  expect(delivered.stderr).not.toContain('trying again');
  expect(delivered).toMatchObject({ code: 0, stdout: expect.stringContaining('all in the log') });

  expect(address.code).not.toBe(0);
  expect(address.stderr).toContain('altnames');
});
