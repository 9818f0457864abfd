import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../src/base/sqlite.ts';
import { copyDatabase } from '../../../src/sidecar/tail/database-copy.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const WRITER = fileURLToPath(new URL('busy-writer.mjs', import.meta.url));

test('a copy that was made while another process wrote is whole, or is none', { timeout: 30_000 }, async () => {
  const file = join(temporaryDirectory(), 'sssf.db');
  const writer = spawn(process.execPath, [WRITER, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void writer.kill('SIGKILL'));
  await once(writer.stdout, 'data');
  const seen = new Set<number>();
  let refused = 0;
  while (seen.size < 8 || refused < 8) {
    const into = temporaryDirectory();
    // Right behind a write, where a torn copy is made most easily.
    await setTimeout(seen.size < 8 ? 3 : 0);
    if (copyDatabase(file, into) === undefined) {
      refused += 1;
      continue;
    }
    const copy = openDatabase(join(into, 'copy'), 0);
    const [a, b] = copy.prepare('SELECT value FROM counts ORDER BY name').all() as { value: number }[];
    expect(a?.value).toBe(b?.value);
    expect(copy.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    seen.add(Number(a?.value));
    copy.close();
  }
});
