import { describe, expect, test } from 'vitest';
import { run } from './processes.ts';

describe('a working directory that has been removed', () => {
  const under = 'gone=$(mktemp -d) && cd "$gone" && rmdir "$gone"';

  test('is said in one line, with the exit code of wrong usage', async () => {
    for (const args of [['list'], ['watch', 'abcd1234'], ['serve', '--port', '0']]) {
      const { code, stdout, stderr } = await run(args, { under });
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toBe('error: The working directory is not there any more: change to another one.\n');
    }
  });

  test('keeps nobody from reading the help', async () => {
    const { code, stdout, stderr } = await run(['--help'], { under });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Usage: adw-stream');
  });
});

describe('a data directory where nobody can make one', () => {
  test('is refused', async () => {
    const { code, stderr } = await run(['serve', '--port', '0', '--data-dir', '/proc/adw-stream']);
    expect(code).toBe(6);
    expect(stderr).toMatch(/^error: [^\n]*\/proc\/adw-stream[^\n]*\nhint: [^\n]*--data-dir[^\n]*\n$/);
  });
});
