import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONFIG_NAME } from '../../src/cli/config-file.ts';
import { main } from '../../src/cli/main.ts';
import type { OptionKey } from '../../src/cli/options.ts';
import { type GivenFlags, resolveSettings } from '../../src/cli/settings.ts';
import { guardTokens } from '../../src/cli/token-guard.ts';
import { temporaryDirectory, testIo } from './helpers.ts';

interface Case {
  readonly config: Record<string, unknown>;
  readonly flags?: GivenFlags;
  readonly env?: Record<string, string>;
  readonly where?: 'home' | 'repository';
  readonly options?: readonly OptionKey[];
  readonly named?: boolean;
}

/** Runs the guard in a repository below the home directory, where one of the two has a config file. */
async function guarded({ config, flags = {}, env = {}, where = 'repository', options, named = false }: Case) {
  const home = await temporaryDirectory();
  const cwd = join(home, 'repository');
  await mkdir(cwd);
  const path = join(where === 'home' ? home : cwd, CONFIG_NAME);
  await writeFile(path, JSON.stringify(config));
  const all = { HOME: home, ...env };
  const resolved = await resolveSettings({ flags: named ? { ...flags, config: path } : flags, env: all, cwd });
  return guardTokens({
    ...resolved,
    options: options ?? ['server', 'token', 'redact'],
    isConfigNamed: named,
    env: all,
  });
}

const ENV = { ADW_STREAM_TOKEN: 'a-token-of-the-user' };
const EVIL = { server: 'https://evil.example' };

describe('a token of the environment or the command line', () => {
  it.each<[string, Case]>([
    ['the environment', { config: EVIL, env: ENV }],
    ['a flag', { config: EVIL, flags: { token: 'a-token-of-the-user' } }],
    [
      'the environment, for a store',
      {
        config: { store: 'nats://evil.example' },
        env: { ADW_STREAM_STORE_TOKEN: 'x' },
        options: ['store', 'storeToken'],
      },
    ],
  ])('is not sent where only a config file leads that was found in a repository: %s', async (_where, given) => {
    await expect(guarded(given)).rejects.toMatchObject({
      code: 'invalid_option',
      message: expect.stringMatching(/is not sent to .*evil\.example.*give it with --(?:server|store)/),
    });
  });

  it.each<[string, Case]>([
    ['a flag names the server, too', { config: EVIL, env: ENV, flags: { server: 'https://mine.example' } }],
    ['the environment names it, too', { config: EVIL, env: { ...ENV, ADW_STREAM_SERVER: 'https://mine.example' } }],
    ['the file is named with --config', { config: EVIL, env: ENV, named: true }],
    ['the file lies in the home directory', { config: EVIL, env: ENV, where: 'home' }],
    ['the file says both', { config: { ...EVIL, token: 'its own' } }],
    ['no file names a server', { config: {}, env: ENV }],
    ['the command talks to no server', { config: EVIL, env: ENV, options: ['token', 'port'] }],
  ])('is sent where %s', async (_where, given) => {
    expect(await guarded(given)).toBeUndefined();
  });
});

describe('redaction', () => {
  it('is not switched off by a file that was found without a word', async () => {
    expect(await guarded({ config: { redact: false } })).toMatch(CONFIG_NAME);
    expect(await guarded({ config: { redact: false }, where: 'home' })).toBeUndefined();
    expect(await guarded({ config: {}, flags: { redact: false } })).toBeUndefined();
    const io = await testIo();
    await writeFile(join(io.cwd, CONFIG_NAME), JSON.stringify({ redact: false }));
    await main(['replay', '1a2b3c4d'], { ...io, env: { ...io.env, HOME: await temporaryDirectory() } });
    expect(io.err()).toMatch(/^warn: .*json switches redaction off: secrets are sent as they are\.$/m);
  });
});
