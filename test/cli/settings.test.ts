import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CONFIG_NAME } from '../../src/cli/config-file.ts';
import { type GivenFlags, resolveSettings } from '../../src/cli/settings.ts';
import { temporaryDirectory } from './helpers.ts';

async function resolved(
  sources: { flags?: GivenFlags; env?: Record<string, string>; config?: Record<string, unknown> } = {},
) {
  const cwd = await temporaryDirectory();
  if (sources.config) await writeFile(join(cwd, CONFIG_NAME), JSON.stringify(sources.config));
  return { cwd, ...(await resolveSettings({ flags: sources.flags ?? {}, env: sources.env ?? {}, cwd })) };
}

describe('precedence', () => {
  test('a flag beats the environment, which beats the config file, which beats the default', async () => {
    const config = { port: 3 };
    const env = { ADW_STREAM_PORT: '2' };
    const all = await resolved({ flags: { port: '1' }, env, config });
    expect([all.settings.port, all.origins.port]).toEqual([1, 'flag --port']);
    const two = await resolved({ env, config });
    expect([two.settings.port, two.origins.port]).toEqual([2, 'ADW_STREAM_PORT']);
    const one = await resolved({ config });
    expect([one.settings.port, one.origins.port]).toEqual([3, join(one.cwd, CONFIG_NAME)]);
    const none = await resolved();
    expect([none.settings.port, none.origins.port]).toEqual([8500, 'default']);
  });

  test('an empty environment variable counts as absent', async () => {
    expect((await resolved({ env: { ADW_STREAM_PORT: '' } })).settings.port).toBe(8500);
  });
});

describe('the server', () => {
  test.each<[string, Record<string, string>, string]>([
    ['nothing is set', {}, 'http://localhost:8500'],
    ['WEBSOCKET_PORT is set', { WEBSOCKET_PORT: '8507' }, 'http://localhost:8507'],
    ['WEBSOCKET_URL is an http URL', { WEBSOCKET_URL: 'http://h:1/', WEBSOCKET_PORT: '2' }, 'http://h:1'],
    ['WEBSOCKET_URL is no http URL', { WEBSOCKET_URL: 'ws://h:1/ws', WEBSOCKET_PORT: '2' }, 'http://localhost:2'],
    ['ADW_STREAM_SERVER is set', { ADW_STREAM_SERVER: 'https://s', WEBSOCKET_URL: 'http://h:1' }, 'https://s'],
  ])('when %s', async (_, env, server) => {
    expect((await resolved({ env })).settings.server).toBe(server);
  });
});

describe('values', () => {
  test('relative paths from the config file are relative to it, others to the working directory', async () => {
    const { cwd, settings } = await resolved({ flags: { agentsDir: 'x' }, config: { dataDir: 'data' } });
    expect(settings.agentsDir).toBe(join(cwd, 'x'));
    expect(settings.dataDir).toBe(join(cwd, 'data'));
  });

  test.each<[GivenFlags, string, unknown]>([
    [{ timeout: '5' }, 'timeout', 5_000],
    [{ timeout: '1.5m' }, 'timeout', 90_000],
    [{ poll: '100' }, 'poll', 100],
    [{ poll: '1s' }, 'poll', 1_000],
    [{ retainBytes: '10GiB' }, 'retainBytes', 10 * 2 ** 30],
    [{ retainBytes: '500mb' }, 'retainBytes', 500e6],
    [{ redact: false }, 'redact', false],
    [{ allowHost: ['a', 'b'] }, 'allowHost', ['a', 'b']],
  ])('%o is understood', async (flags, key, value) => {
    expect((await resolved({ flags })).settings).toHaveProperty(key, value);
  });

  test('switches and lists can stand in the environment', async () => {
    const { settings } = await resolved({ env: { ADW_STREAM_REDACT: 'no', ADW_STREAM_ALLOW_HOST: 'a, b' } });
    expect(settings.redact).toBe(false);
    expect(settings.allowHost).toEqual(['a', 'b']);
  });

  test.each<[GivenFlags, string]>([
    [{ port: '80a' }, '--port wants a whole number from 0 to 65535, not "80a".'],
    [{ port: '65536' }, '--port wants a whole number from 0 to 65535, not "65536".'],
    [{ port: '1.5' }, '--port wants a whole number from 0 to 65535, not "1.5".'],
    [{ output: 'prety' }, '--output wants one of pretty, plain, ndjson, minimal, not "prety". Did you mean pretty?'],
    [{ server: 'ws://h' }, '--server wants an http:// or https:// URL, not "ws://h".'],
    [{ timeout: 'soon' }, '--timeout wants a time such as 500ms, 30s or 5m (a bare number is seconds), not "soon".'],
    [{ timeout: '-1' }, '--timeout wants a time such as 500ms, 30s or 5m (a bare number is seconds), not "-1".'],
    [
      { poll: '25d' },
      '--poll wants a time from 10ms to 1h, such as 500ms, 30s or 5m (a bare number is milliseconds), not "25d".',
    ],
    [
      { heartbeat: '400d' },
      '--heartbeat wants a time from 1ms to 1d, such as 500ms, 30s or 5m (a bare number is seconds), not "400d".',
    ],
    [{ token: '' }, '--token wants a text, not "".'],
  ])('%o is refused in words', async (flags, message) => {
    await expect(resolved({ flags })).rejects.toMatchObject({ code: 'invalid_option', message });
  });
});

describe('keys', () => {
  test('an unknown key of the config file is refused with the nearest right one', async () => {
    await expect(resolved({ config: { agentDir: 'x' } })).rejects.toThrow(/"agentDir" in .*Did you mean agentsDir\?/);
  });

  test('what only makes sense for one run is refused in the config file', async () => {
    await expect(resolved({ config: { takeover: true } })).rejects.toThrow('Unknown key "takeover"');
  });

  test('a bad value in the config file is refused with key and file', async () => {
    await expect(resolved({ config: { port: 'x' } })).rejects.toThrow(/"port" in .*adw-stream\.config\.json:1 wants/);
  });

  test('an unknown variable that looks like ours is a warning, not an error', async () => {
    const { unknown } = await resolved({ env: { ADW_STREAM_SEVER: 'http://x' } });
    expect(unknown).toEqual([{ name: 'ADW_STREAM_SEVER', hint: ' Did you mean ADW_STREAM_SERVER?' }]);
  });
});
