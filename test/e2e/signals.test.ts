import { once } from 'node:events';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { serverForTest } from '../server/running.ts';
import { startSilentServer } from '../support/silent-server.ts';
import { EXAMPLE_ID, exampleProject, runHere, start, startServer } from './processes.ts';

describe('a server that does not answer', () => {
  test.each([
    ['list', 'SIGINT', 130],
    ['status', 'SIGINT', 130],
    ['tail', 'SIGINT', 130],
    ['list', 'SIGTERM', 143],
  ] as const)('%s that waits for it ends on %s with %i, and nothing to explain', async (command, signal, exit) => {
    const { server: silent, port } = await startSilentServer();
    const { root } = await exampleProject();
    const url = `http://127.0.0.1:${port}`;
    const id = command === 'list' ? [] : [EXAMPLE_ID];
    const asked = once(silent, 'connection');
    const waiting = start([command, ...id, '--server', url, '--agents-dir', join(root, 'agents')], { cwd: root });
    const [socket] = await asked;
    await once(socket, 'data');
    waiting.process.kill(signal);
    expect(await waiting.finished).toEqual({ code: exit, stdout: '', stderr: '' });
  });
});

describe('SIGHUP', () => {
  test('lets a server close, with 129', async () => {
    const server = await startServer();
    server.process.kill('SIGHUP');
    expect(await server.finished).toMatchObject({ code: 129, stderr: expect.stringContaining('closing') });
  });

  test('lets a watch deliver the rest, with 129, also when it comes twice', async () => {
    const server = await serverForTest();
    const { root } = await exampleProject();
    const watch = start(['watch', EXAMPLE_ID, '--server', server.url], { cwd: root });
    await watch.says(/sdlc_planner/);
    const unseen = join(root, 'agents', EXAMPLE_ID, 'sdlc_planner', 'raw_output.jsonl');
    await appendFile(unseen, '{"type":"unheard-of"}\n');
    for (const _ of ['from the shell', 'from the kernel']) watch.process.kill('SIGHUP');
    expect(await watch.finished).toMatchObject({ code: 129, stderr: expect.stringContaining('all in the log') });
    expect(await runHere(['verify', EXAMPLE_ID, '--server', server.url], { cwd: root })).toMatchObject({ code: 0 });
  });
});
