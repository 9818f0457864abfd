import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../src/base/sqlite.ts';
import { copyDatabase } from '../../../src/sidecar/tail/database-copy.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { until } from '../../support/until.ts';

const WRITER = fileURLToPath(new URL('busy-writer.mjs', import.meta.url));

test('a copy that was made while another process wrote is whole, or is none', async () => {
  const file = join(temporaryDirectory(), 'sssf.db');
  const writer = spawn(process.execPath, [WRITER, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void writer.kill('SIGKILL'));
  await once(writer.stdout, 'data');
  for (let burst = 1; burst <= 8; burst++) {
    writer.stdin.write('go');
    // Again and again while it writes, and once more when it has paused.
    await until('all of the burst is copied', () => countIn(file) === 20 * burst, { everyMs: 1 });
  }
});

/** What both counts of a copy say; undefined where none could be made. */
function countIn(file: string): number | undefined {
  const into = temporaryDirectory();
  if (copyDatabase(file, into) === undefined) return undefined;
  const copy = openDatabase(join(into, 'copy'), 0);
  const [a, b] = copy.prepare('SELECT value FROM counts ORDER BY name').all() as { value: number }[];
  expect(a?.value).toBe(b?.value);
  expect(copy.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  copy.close();
  return a?.value;
}
