import { expect, test } from 'vitest';
import { makeCertificates } from '../support/certificates.ts';
import { EXAMPLE_ID, exampleProject, run, startServer, temporaryDirectory } from './processes.ts';

test('a server with a certificate is delivered to by who trusts it, and by nobody else', async () => {
  const { caFile, certFile, keyFile } = makeCertificates(await temporaryDirectory());
  const { agents } = await exampleProject();
  const { url } = await startServer('--tls-cert', certFile, '--tls-key', keyFile);
  const server = url.replace('127.0.0.1', 'localhost');
  const replay = async (at: string, env = {}) => {
    const places = ['--agents-dir', agents, '--state-dir', await temporaryDirectory(), '--timeout', '1s'];
    return run(['replay', EXAMPLE_ID, '--server', at, ...places], { env });
  };
  const trusting = { NODE_EXTRA_CA_CERTS: caFile };

  const stranger = await replay(server);
  expect(stranger.code).not.toBe(0);
  expect(stranger.stderr).toContain('NODE_EXTRA_CA_CERTS');

  const delivered = await replay(server, trusting);
  expect(delivered.stderr).not.toContain('trying again');
  expect(delivered).toMatchObject({ code: 0, stdout: expect.stringContaining('all in the log') });

  // The certificate is for a name: it says nothing of an address.
  const address = await replay(url.replace('localhost', '127.0.0.1'), trusting);
  expect(address.code).not.toBe(0);
  expect(address.stderr).toContain('altnames');
});
