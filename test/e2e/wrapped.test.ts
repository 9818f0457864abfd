import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run, temporaryDirectory } from './processes.ts';

const ID = 'abcd1234';

/** A directory that has agents/ and whatever else the test puts there. */
async function project(): Promise<string> {
  const root = await temporaryDirectory();
  await mkdir(join(root, 'agents'));
  return root;
}

describe('a command that cannot be run', () => {
  test.each([
    ['no-such-command', 127, 'there is no such command'],
    ['./no-such-file', 127, 'there is no such command'],
    ['', 127, 'there is no such command'],
    ['./not-executable', 126, 'EACCES'],
    ['./agents', 126, 'EACCES'],
    ['./not-executable/below', 126, 'ENOTDIR'],
  ])('%j ends as in a shell, with %i, and says why', async (command, exit, why) => {
    const cwd = await project();
    await writeFile(join(cwd, 'not-executable'), 'echo never\n', { mode: 0o600 });
    const { code, stdout, stderr } = await run(['watch', ID, '--', command], { cwd });
    expect([code, stdout]).toEqual([exit, '']);
    expect(stderr).toMatch(
      new RegExp(`^error: Cannot run ${JSON.stringify(command)}: [^\\n]*${why}[^\\n]*\\nhint: `, 'm'),
    );
  });
});
