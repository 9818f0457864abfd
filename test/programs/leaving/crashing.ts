import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { test } from 'vitest';

test('a test process that is killed in the middle', () => {
  const { pid } = spawn('sleep', ['600'], { stdio: 'ignore', detached: true });
  appendFileSync(process.env.LEFT_FILE as string, `${pid}\n`);
  process.kill(process.pid, 'SIGKILL');
});
