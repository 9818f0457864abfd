import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EXAMPLE_ID, exampleProject, start } from './processes.ts';

describe('a server that does not answer', () => {
  test.each([
    ['list', 'SIGINT', 130],
    ['status', 'SIGINT', 130],
    ['tail', 'SIGINT', 130],
    ['list', 'SIGTERM', 143],
  ] as const)('%s that waits for it ends on %s with %i, and nothing to explain', async (command, signal, exit) => {
    // Whoever goes away in the middle of a request may reset the connection.
    const silent = createServer(socket => socket.on('error', () => {})).listen(0, '127.0.0.1');
    onTestFinished(() => void silent.close());
    await once(silent, 'listening');
    const { root } = await exampleProject();
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const id = command === 'list' ? [] : [EXAMPLE_ID];
    const asked = once(silent, 'connection');
    const waiting = start([command, ...id, '--server', url, '--agents-dir', join(root, 'agents')], { cwd: root });
    const [socket] = await asked;
    await once(socket, 'data');
    waiting.process.kill(signal);
    expect(await waiting.finished).toEqual({ code: exit, stdout: '', stderr: '' });
  });
});
