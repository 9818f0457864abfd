import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/base/log.ts';
import { openJetStreamStore } from '../../../../src/server/store/jetstream/open.ts';
import type { JetStreamAccess } from '../../../../src/server/store/jetstream/options.ts';
import { makeCertificates } from '../../../support/certificates.ts';
import { anEventEntry } from '../contract/entries.ts';
import { makeAccounts } from './nats-accounts.ts';
import { killNatsServerIn, natsServerIn } from './nats-server.ts';

/** How a node is let in to a nats-server that wants its clients to prove themselves. */
describe('a nats-server that lets in named users alone', () => {
  let place = '';
  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), 'adw-access-'));
  });
  afterEach(async () => {
    await killNatsServerIn(place);
    await rm(place, { recursive: true, force: true });
  });

  const append = async (url: string, access: JetStreamAccess = {}): Promise<number> => {
    const store = await openJetStreamStore({ servers: [url], ...access, log: silentLogger });
    try {
      return (await store.append([anEventEntry({ id: 'a' })])).outcomes.length;
    } finally {
      await store.close();
    }
  };
  const refused = { code: 'store_unavailable', message: expect.stringMatching(/authorization/i) };

  it('by user and password is told them in options or in the URL', async () => {
    const { url } = await natsServerIn(place, ['--user', 'ada', '--pass', 'p@ss/word']);
    expect(await append(url, { user: 'ada', password: 'p@ss/word' })).toBe(1);
    expect(await append(url.replace('//', '//ada:p%40ss%2Fword@'))).toBe(1);
    await expect(append(url)).rejects.toMatchObject(refused);
    const wrong = append(url.replace('//', '//ada:guessed@'));
    await expect(wrong).rejects.toMatchObject(refused);
    await expect(wrong).rejects.not.toThrow('guessed');
  });

  it('by token is told it in an option or in the URL', async () => {
    const { url } = await natsServerIn(place, ['--auth', 's3cret']);
    expect(await append(url, { token: 's3cret' })).toBe(1);
    expect(await append(url.replace('//', '//s3cret@'))).toBe(1);
    await expect(append(url, { token: 'guessed' })).rejects.toMatchObject(refused);
  });

  it('by signed claims is shown a credentials file', async () => {
    const { configFile, credsFile } = await makeAccounts(place);
    const { url } = await natsServerIn(place, ['-c', configFile]);
    expect(await append(url, { credsFile })).toBe(1);
    await expect(append(url)).rejects.toMatchObject(refused);
    await expect(append(url, { credsFile: join(place, 'none') })).rejects.toMatchObject({ code: 'invalid_option' });
    await writeFile(credsFile, 'none of it');
    await expect(append(url, { credsFile })).rejects.toMatchObject({ code: expect.stringMatching(/invalid|unavail/) });
  });

  it('by certificate is shown one, and has to show one that is known', async () => {
    const { caFile, certFile, keyFile } = makeCertificates(place);
    const files = ['--tlscert', certFile, '--tlskey', keyFile, '--tlscacert', caFile];
    const { url } = await natsServerIn(place, ['--tls', '--tlsverify', ...files]);
    const encrypted = url.replace(/^\w+:\/\/127\.0\.0\.1/, 'tls://localhost');
    expect(await append(encrypted, { tls: { caFile, certFile, keyFile } })).toBe(1);
    await expect(append(encrypted, { tls: { certFile, keyFile } })).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    await expect(append(encrypted, { tls: { caFile } })).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});
