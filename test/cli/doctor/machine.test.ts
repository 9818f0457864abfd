import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkFileSystem, checkNode, checkWatchLimits, checkWritable } from '../../../src/cli/doctor/machine.ts';
import { temporaryDirectory } from '../helpers.ts';

describe('the machine', () => {
  test.each([
    ['18.20.0', 'problem'],
    ['20.18.9', 'problem'],
    ['20.19.0', 'ok'],
    ['24.0.0', 'ok'],
  ])('Node %s is a %s', (version, verdict) => {
    expect(checkNode(version).verdict).toBe(verdict);
  });

  test('its watch limits are told', async () => {
    expect((await checkWatchLimits()).message).toMatch(/\d+ watches, \d+ instances|no limits/);
  });

  test('a local file system is told by its name', async () => {
    expect(await checkFileSystem(await temporaryDirectory())).toMatchObject({ check: 'file system', verdict: 'ok' });
  });
});

describe('a directory of ours', () => {
  test('may be made later, as long as its nearest parent can be written', async () => {
    const root = await temporaryDirectory();
    expect((await checkWritable('d', root, '--x')).message).toBe(root);
    expect((await checkWritable('d', join(root, 'a', 'b'), '--x')).message).toBe(
      `${join(root, 'a', 'b')} (will be made)`,
    );
  });

  test('below a file is a problem, with the flag that mends it', async () => {
    const root = await temporaryDirectory();
    await writeFile(join(root, 'file'), '');
    const found = await checkWritable('d', join(root, 'file', 'x'), '--data-dir');
    expect(found).toMatchObject({ verdict: 'problem', remedy: expect.stringContaining('--data-dir') });
  });

  test('that is a link to nowhere, or below one, is a problem', async () => {
    const root = await temporaryDirectory();
    await symlink(join(root, 'gone'), join(root, 'link'));
    for (const path of ['link', join('link', 'below')]) {
      expect(await checkWritable('d', join(root, path), '--x')).toMatchObject({ verdict: 'problem' });
    }
    await symlink(root, join(root, 'good'));
    expect(await checkWritable('d', join(root, 'good'), '--x')).toMatchObject({ verdict: 'ok' });
  });
});
