import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CONFIG_NAME } from '../../src/cli/config-file.ts';
import { main } from '../../src/cli/main.ts';
import { freePort } from '../support/ports.ts';
import { testIo } from './helpers.ts';

/** Runs a command where a config file has these lines. */
async function withConfig(lines: string, args: string[], env: Record<string, string> = {}) {
  const io = await testIo();
  await writeFile(join(io.cwd, CONFIG_NAME), lines);
  const code = await main(args, { ...io, env: { ...io.env, HOME: '/home/of-nobody', ...env } });
  return { code, out: io.out(), err: io.err().replaceAll(io.cwd, ''), cwd: io.cwd };
}

const TEST = ['alarm', 'test', '--config', CONFIG_NAME];
const alarms = (value: object) => JSON.stringify({ alarms: value }, null, 1);
const own = {
  type: 'command',
  command: [process.execPath, '-e', 'process.exit(process.env.ADW_STREAM_TOKEN ? 9 : 0)'],
};

describe('what is wrong with alarms in a config file', () => {
  test.each<[object, string]>([
    [
      { rules: [{ when: 'faild' }] },
      '"alarms.rules[0].when" in /adw-stream.config.json:5: when wants one of failed, ended_without_result,',
    ],
    [
      { rules: [{ when: 'cost' }] },
      '"alarms.rules[0].above" in /adw-stream.config.json:4: Invalid input: expected number',
    ],
    [
      { rules: [{ when: 'failed', abve: 1 }] },
      '"alarms.rules[0]" in /adw-stream.config.json:4: Unrecognized key: "abve".',
    ],
    [
      { rules: [{ when: 'failed' }, { when: 'failed' }] },
      '"alarms.rules[1]" in /adw-stream.config.json:7: two rules are called "failed": give one a name.',
    ],
    [
      { rules: [{ when: 'failed', actions: ['slak'] }] },
      '"alarms.rules[0].actions[0]" in /adw-stream.config.json:7: there is no action "slak", only terminal, browser.',
    ],
    [
      { actions: { a: { type: 'mail' } } },
      '"alarms.actions.a.type" in /adw-stream.config.json:5: type wants webhook or command.',
    ],
    [{ actions: { a: { type: 'webhook', url: 'http://x', body: { t: '{mesage}' } } } }, 'in /adw-stream.config.json:'],
    [
      { actions: { terminal: own } },
      '"alarms.actions.terminal" in /adw-stream.config.json:4: "terminal" is an action that there always is.',
    ],
  ])('%j is told with its line', async (value, message) => {
    const { code, err } = await withConfig(alarms(value), TEST);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  test.each<[object, string]>([
    [
      { type: 'webhook', url: { env: 'HOOK' } },
      '"alarms.actions.a.url" in /adw-stream.config.json:6: HOOK is not set.',
    ],
    [
      { type: 'webhook', url: 'ftp://x' },
      '"alarms.actions.a.url" in /adw-stream.config.json:6: this is no http:// or https:// URL',
    ],
    [
      { type: 'webhook', url: 'http://me:secret@x' },
      '"alarms.actions.a.url" in /adw-stream.config.json:6: it holds a password: give it in headers',
    ],
    [
      { type: 'webhook', url: 'http://x', headers: { Authorization: 'Bearer secret@\n' } },
      '"alarms.actions.a.headers.Authorization" in /adw-stream.config.json:8: it holds what no HTTP header can, such as a line break',
    ],
  ])('%j is told when it is used', async (action, message) => {
    const { code, err } = await withConfig(alarms({ actions: { a: action } }), TEST);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    expect(err).not.toContain('secret@');
  });
});

test('a config file that was found and not named runs no command and sends nothing', async () => {
  const { code, err } = await withConfig(alarms({ actions: { own } }), ['alarm', 'test']);
  expect([code, err]).toEqual([
    2,
    expect.stringContaining('if it is yours, start with --config /adw-stream.config.json.'),
  ]);
  expect((await withConfig(alarms({ rules: [{ when: 'failed' }] }), ['alarm', 'test'])).code).toBe(0);
});

test('alarm test tells what each action answered, by its exit code too, and hands no token on', async () => {
  const gone = { type: 'webhook', url: { env: 'HOOK' } };
  const env = { HOOK: `http://127.0.0.1:${await freePort()}/secret-path`, ADW_STREAM_TOKEN: 'a-token' };
  const good = await withConfig(alarms({ actions: { own } }), TEST, env);
  expect([good.code, good.out]).toEqual([0, expect.stringMatching(/^✓ own \(command\): exit code 0 · \d+ ms\n$/)]);
  const bad = await withConfig(alarms({ actions: { own, gone } }), [...TEST, '--json'], env);
  expect(bad.code).toBe(5);
  expect(JSON.parse(bad.out).results).toMatchObject([
    { action: 'own', how: 'taken' },
    { action: 'gone', how: 'later', said: 'ECONNREFUSED' },
  ]);
  expect(bad.err).toContain('The test alarm was not taken by gone.');
  expect(bad.out + bad.err).not.toContain('secret');
  const none = await withConfig('{}', TEST);
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('There are no alarms in the config file')]);
});

test('config shows which alarms there are, and nothing that opens something', async () => {
  const action = { type: 'webhook', url: 'https://hooks.example/secret', secret: 'secret-key' };
  const { out } = await withConfig(alarms({ actions: { hook: action }, rules: [{ when: 'failed' }] }), [
    'config',
    '--json',
  ]);
  const row = (JSON.parse(out) as { key: string; value: unknown }[]).find(({ key }) => key === 'alarms');
  expect(row?.value).toEqual({ rules: ['failed'], actions: { hook: 'webhook' } });
  expect(out).not.toContain('secret');
});
