import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { natsServerIn } from '../../server/store/jetstream/nats-server.ts';
import { runServe } from '../../support/process.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/** Tests that fail with processes running; the ids of these go into the file that `LEFT_FILE` names. */
const remember = (pid: number) => appendFileSync(process.env.LEFT_FILE as string, `${pid}\n`);

test('a server and its test that expects in vain', async () => {
  const server = await runServe(temporaryDirectory());
  remember(server.child.pid as number);
  expect(server.url).toBe('http://elsewhere');
});

test('a daemon that no test stops', async () => {
  remember((await natsServerIn(temporaryDirectory())).pid);
  throw new Error('before its end');
});

test('a grandchild in a session of its own', async () => {
  const shell = spawn('sh', ['-c', 'setsid sleep 600 & echo $!; exec sleep 600'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  remember(shell.pid as number);
  const [line] = (await once(shell.stdout, 'data')) as [Buffer];
  remember(Number(line));
  throw new Error('before its end');
});
