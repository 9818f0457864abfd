import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { serverForTest } from '../server/running.ts';
import { until } from '../support/until.ts';
import { runHere, start, startHere, stateDirOf, temporaryDirectory } from './processes.ts';

interface Text {
  readonly data: {
    readonly timestamp: string;
    readonly timing: string;
    readonly source: { readonly path: string; readonly offset: number };
  };
}

async function textsOf(url: string): Promise<Text[]> {
  const answer = await fetch(`${url}/api/v1/adws/abcd1234/events?limit=1000&type=text_block`);
  return ((await answer.json()) as { events?: Text[] }).events ?? []; // no such ADW yet
}

const ROLES = Array.from({ length: 12 }, (_, n) => `test_runner_${n}`);

test('a full disk under the state directory costs a warning and times, and no line, whatever is killed meanwhile', async () => {
  const [server, other] = [await serverForTest(), await serverForTest()];
  const root = await temporaryDirectory();
  const adw = join(root, 'agents', 'abcd1234');
  const line = async (text: string) => {
    const written = JSON.stringify({ type: 'assistant', message: { content: [{ type: 'text', text }] } });
    for (const role of ROLES) {
      await mkdir(join(adw, role), { recursive: true });
      await appendFile(join(adw, role, 'raw_output.jsonl'), `${written}\n`);
    }
  };
  const holds = (lines: number) =>
    until(`${lines} lines of each role`, async () => (await textsOf(server.url)).length === lines * ROLES.length);
  const watch = ['watch', 'abcd1234', '--server', server.url];

  await line('there before');
  // 512 or 1,024 bytes, as the shell counts: less than a checkpoint, more than a few records of the journal.
  const under = 'ulimit -S -f 1';
  const stopped = start(watch, { cwd: root, under });
  await holds(1);
  for (const count of [2, 3, 4]) {
    await line(`line ${count}`);
    await holds(count);
  }
  stopped.process.kill('SIGTERM');
  const { stderr } = await stopped.finished;
  expect(stderr.match(/Arrival times not written down/g)).toHaveLength(1);
  expect(stderr.match(/Checkpoint not saved/g)).toHaveLength(1);

  const killed = start(watch, { cwd: root, under });
  await line('line 5');
  await holds(5);
  killed.process.kill('SIGKILL');
  await killed.finished;

  await line('while nobody watched');
  const roomy = await startHere(watch, { cwd: root });
  await holds(6);
  await line('the last');
  await holds(7);
  expect((await roomy.stop()).stderr).not.toMatch(/damaged|not read/);
  expect(await runHere(['verify', 'abcd1234', '--server', server.url], { cwd: root })).toMatchObject({ code: 0 });
  JSON.parse(await readFile(join(stateDirOf(root), 'abcd1234.checkpoint.json'), 'utf8'));

  await runHere(['replay', 'abcd1234', '--server', other.url], { cwd: root });
  const place = ({ data: { source } }: Text) => `${source.path}:${source.offset}`;
  const seen = new Map((await textsOf(server.url)).map(text => [place(text), text.data.timestamp]));
  const observed = (await textsOf(other.url)).filter(({ data }) => data.timing === 'observed');
  expect(observed.length).toBeGreaterThanOrEqual(ROLES.length);
  expect(observed.map(({ data }) => data.timestamp)).toEqual(observed.map(text => seen.get(place(text))));
});

test('files that cannot be opened for a while are told of and read later; the watch goes on', async () => {
  const server = await serverForTest();
  const root = await temporaryDirectory();
  const adw = join(root, 'agents', 'abcd1234');
  const roles = Array.from({ length: 160 }, (_, n) => `tester_${n}`);
  const line = (text: string) =>
    `${JSON.stringify({ type: 'assistant', message: { content: [{ type: 'text', text }] } })}\n`;
  for (const role of roles) {
    await mkdir(join(adw, role), { recursive: true });
    await appendFile(join(adw, role, 'raw_output.jsonl'), line('first'));
  }
  const watch = start(['watch', 'abcd1234', '--server', server.url, '--quiet'], { cwd: root });
  const holds = (count: number) => until(`${count} lines`, async () => (await textsOf(server.url)).length === count);
  await holds(roles.length);
  // More files than are kept open: most of these were closed, and have to be opened again.
  const limit = (files: string) => execFileSync('prlimit', [`--nofile=${files}`, '--pid', String(watch.process.pid)]);
  limit('3:');
  for (const role of roles) await appendFile(join(adw, role, 'raw_output.jsonl'), line('second'));
  await watch.says(/cannot be read.*EMFILE/);
  limit('1024:');
  await holds(2 * roles.length);
  watch.process.kill('SIGTERM');
  expect(await watch.finished).toMatchObject({ code: 0 });
});

test('an entry of a log that was not told yet is told a reference server by the next watch, once, after kill -9', async () => {
  /** What the server has answered, and the text that it answers nothing to. */
  const posts: string[] = [];
  let unanswered = 'third';
  const server = createServer(async (request, response) => {
    const post = await text(request).catch(() => undefined);
    // Its sender was killed in the middle of it.
    if (post === undefined) return;
    if (unanswered && post.includes(unanswered)) return;
    posts.push(post);
    const status = request.method === 'GET' ? 'healthy' : 'success';
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ status }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const root = await temporaryDirectory();
  const role = join(root, 'agents', 'abcd1234', 'adw_plan_iso');
  await mkdir(role, { recursive: true });
  const entry = (text: string) => appendFile(join(role, 'execution.log'), `2026-11-26 10:00:00 - INFO - ${text}\n`);
  const told = (text: string) => posts.filter(post => post.includes(text)).length;
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const watch = ['watch', 'abcd1234', '--quiet', '--server', url];

  await entry('first');
  const killed = start(watch, { cwd: root });
  /** How far the checkpoint says that the log was told, bytes. */
  const remembered = async () => {
    const text = await readFile(join(stateDirOf(root), 'abcd1234.checkpoint.json'), 'utf8').catch(() => '{}');
    return (JSON.parse(text) as { files?: { next: number }[] }).files?.[0]?.next ?? 0;
  };
  await until('the first entry', () => told('first') > 0);
  await entry('second');
  const third = (await stat(join(role, 'execution.log'))).size;
  await entry('third');
  // Until its answer has come and was written down, a POST is sent again after a crash.
  await until('the second entry is told and remembered', async () => (await remembered()) >= third);
  killed.process.kill('SIGKILL');
  await killed.finished;

  unanswered = '';
  const next = await startHere(watch, { cwd: root });
  await until('the third entry', () => told('third') > 0);
  await entry('fourth');
  await until('the fourth entry', () => told('fourth') > 0);
  expect(await next.stop()).toMatchObject({ code: 0 });
  expect(['first', 'second', 'third', 'fourth'].map(told)).toEqual([1, 1, 1, 1]);
});

test('more streams than descriptors cost a warning and no line: files are closed before the server cannot be reached', async () => {
  const server = await serverForTest();
  const root = await temporaryDirectory();
  const roles = Array.from({ length: 150 }, (_, n) => `helper_${n}`);
  const line = async (text: string) => {
    const written = JSON.stringify({ type: 'assistant', message: { content: [{ type: 'text', text }] } });
    for (const role of roles) {
      await mkdir(join(root, 'agents', 'abcd1234', role), { recursive: true });
      await appendFile(join(root, 'agents', 'abcd1234', role, 'raw_output.jsonl'), `${written}\n`);
    }
  };
  const holds = (lines: number) =>
    until(`${lines} lines of each role`, async () => (await textsOf(server.url)).length === lines * roles.length);

  await line('there before');
  const watch = start(['watch', 'abcd1234', '--server', server.url], { cwd: root, under: 'ulimit -n 100' });
  await holds(1);
  await line('while it watches');
  await holds(2);
  watch.process.kill('SIGTERM');
  const { stderr, code } = await watch.finished;
  expect(code).toBe(0);
  expect(stderr.match(/more streams than 100 descriptors leave room for/g)).toHaveLength(1);
  expect(stderr).toContain('all in the log');
});
