import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { runServe, type ServeCommand } from '../support/process.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const page = await readFile(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
const section = /^## Try it with curl\n([\s\S]*?)^## /m.exec(page)?.[1] ?? '';
/** The commands that a reader copies: listen, send. */
const [listen = '', send = ''] = [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
  .map(([, command = '']) => command.trim())
  .filter(command => command.startsWith('curl'));
/** What the page says that the listener shows. */
const shown = /^data: (\{.*\})$/m.exec(section)?.[1] ?? '{}';
/** What a reader types into wscat. */
const subscribe = /`(\{"type":"subscribe".*?\})`/.exec(section)?.[1] ?? '';

const processes: ChildProcess[] = [];
let server: ServeCommand;
beforeAll(async () => {
  expect([listen, send, subscribe].every(text => text.length > 20)).toBe(true);
});
afterEach(async () => {
  for (const process of processes.splice(0)) process.kill('SIGKILL');
  await server.stop();
});

/** Runs a command of the page in a shell, on this test's server. */
function shell(command: string): () => string {
  const process = spawn('sh', ['-c', `exec ${command.replaceAll('http://127.0.0.1:8500', server.url)}`]);
  processes.push(process);
  let output = '';
  process.stdout.setEncoding('utf8').on('data', text => {
    output += text;
  });
  return () => output;
}

describe('the commands of docs/protocol.md', () => {
  it('show an event that curl sends on curl -N, and on a WebSocket', async () => {
    server = await runServe(temporaryDirectory());
    const stream = shell(listen);
    await until('curl -N listens', () => stream().includes('event: subscription_ack'));
    const answer = shell(send);
    await until('the server answers', () => answer().includes('"accepted":1'));
    const [, id, data = ''] = await until(
      'the event appears',
      () => /^id: (.*)\ndata: (\{.*\})\n/m.exec(stream()) ?? undefined,
    );
    const { epoch, seq } = JSON.parse(data) as { epoch: string; seq: number };
    expect(id).toBe(`${epoch}:${seq}`);
    expect(Object.keys(JSON.parse(data))).toEqual(Object.keys(JSON.parse(shown)));
    expect(Object.keys((JSON.parse(data) as { data: object }).data)).toEqual(
      expect.arrayContaining(Object.keys((JSON.parse(shown) as { data: object }).data)),
    );

    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws`);
    const frames: string[] = [];
    socket.on('message', frame => frames.push(String(frame)));
    socket.on('open', () => socket.send(subscribe));
    await until('the WebSocket shows it too', () => frames.includes(data));
    socket.terminate();
  });
});
