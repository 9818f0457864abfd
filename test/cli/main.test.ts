import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { VERSION } from '../../src/base/version.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { main } from '../../src/cli/main.ts';
import { testIo } from './helpers.ts';

describe('ids that are none', () => {
  const bad = [
    '..',
    '../../etc',
    'abc',
    '123456789',
    'ab/cd123',
    '%2e%2e%2f%2e',
    '',
    'абвгдежз',
    '1a2b3c4d\n',
    ' 1a2b3c4',
  ];

  test.each(bad)('%j is refused with exit code 2 and one line, and nothing is touched', async id => {
    for (const argv of [['watch', id], ['replay', id], [id], ['watch', '--', id]]) {
      const io = await testIo();
      expect(await main(argv, io)).toBe(2);
      expect(io.out()).toBe('');
      expect(io.err()).toMatch(
        /^error: Invalid ADW id .* is exactly 8 ASCII letters or digits, such as 1a2b3c4d(?:; --id-format any [^\n]*)?\.\n$/,
      );
      expect(io.err().includes('--id-format any')).toBe(id === 'abc' || id === '123456789');
      expect(await readdir(io.cwd)).toEqual([]);
    }
  });

  test('an id that looks like a flag works after --', async () => {
    const io = await testIo();
    expect(await main(['watch', '--id-format', 'any', '--', '-abcdefg'], io)).toBe(2);
    expect(io.err()).toMatch(/^error: Invalid ADW id "-abcdefg"/);
  });

  test('a mistyped command is recognised', async () => {
    const io = await testIo();
    expect(await main(['relpay'], io)).toBe(2);
    expect(io.err()).toBe('error: "relpay" is neither a command nor an ADW id. Did you mean replay?\n');
  });
});

describe('usage', () => {
  test('help names every command and every exit code', async () => {
    const io = await testIo();
    expect(await main(['--help'], io)).toBe(0);
    for (const { name } of COMMANDS) expect(io.out()).toContain(`\n  ${name} `);
    expect(io.out()).toContain('130  interrupted');
    expect(io.err()).toBe('');
  });

  test.each(COMMANDS.map(({ name }) => name))('the help of %s has examples', async name => {
    const io = await testIo();
    expect(await main([name, '--help'], io)).toBe(0);
    expect(io.out()).toContain('Examples:');
  });

  test('nothing typed shows help', async () => {
    const io = await testIo();
    expect(await main([], io)).toBe(0);
    expect(io.out()).toContain('Usage: adw-stream');
  });

  test.each([
    [['help', 'replay'], 0, /^Usage: adw-stream replay /, ''],
    [['help', '--help'], 0, /^Usage: adw-stream <adw_id> \|/, ''],
    [['help', 'relpay'], 2, /^$/, 'error: There is no command "relpay". Did you mean replay?\n'],
    [['help', 'nosuch'], 2, /^$/, 'error: There is no command "nosuch".\n'],
  ])('%j answers about that command, or says that there is none', async (argv, code, out, err) => {
    const io = await testIo();
    expect([await main(argv, io), io.err()]).toEqual([code, err]);
    expect(io.out()).toMatch(out);
  });

  test('the version is the package’s', async () => {
    const io = await testIo();
    expect(await main(['--version'], io)).toBe(0);
    expect(io.out()).toMatch(
      new RegExp(`^adw-stream ${VERSION} \\(API v1, store schema \\d+, Node ${process.version}, \\w+-\\w+\\)\n$`),
    );
  });

  test.each([
    [['relpay', '1a2b3c4d'], /^error: "relpay" is neither a command nor an ADW id\. Did you mean replay\?\n$/],
    [['list', '-o', 'json'], /wants one of pretty, plain, ndjson, minimal, not "json"\. Did you mean ndjson\?/],
    [['serve', '--prot', '1'], /unknown option '--prot'\n\(Did you mean --port\?\)/],
    [['serve', '--port', 'x'], /^error: --port wants a whole number/],
    [['serve', 'extra'], /too many arguments/],
    [['watch', '1a2b3c4d', 'npm', 'test'], /Write "--" before a command/],
    [['watch'], /^error: Which ADW\?/],
    [['watch', '--', 'uv', 'run', 'adw.py'], /^error: Which ADW\? Give its id before "--"/],
    [['store', 'move'], /^error: store wants copy, not "move"\.\n$/],
    [['watch', '--all', '1a2b3c4d'], /give either an id or --all/],
    [['serve', '--tls-cert', 'x'], /--tls-cert and --tls-key go together/],
  ])('%j is refused with exit code 2', async (argv, message) => {
    const io = await testIo();
    expect(await main(argv, io)).toBe(2);
    expect(io.err()).toMatch(message);
    expect(io.err()).not.toContain('    at ');
  });

  test('-v adds the causes of an error', async () => {
    const io = await testIo();
    expect(await main(['serve', '--config', 'nowhere.json', '-v'], io)).toBe(2);
    expect(io.err()).toMatch(/^error: Cannot read the config file .*\ncause: ENOENT/);
  });
});

describe('what is not there', () => {
  test('without agents/ the exit code is 3 and a hint says what to do', async () => {
    const io = await testIo();
    expect(await main(['replay', '1a2b3c4d'], io)).toBe(3);
    expect(io.err()).toMatch(/^error: There is no agents\/ directory in .*\nhint: {2}Give it with --agents-dir/);
  });
});
