import { createHash } from 'node:crypto';
import { appendFile, copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { serverForTest } from '../server/running.ts';
import { until } from '../support/until.ts';
import { EXAMPLE_ID, exampleProject, runHere, snapshotOf, startHere, temporaryDirectory } from './processes.ts';

interface Event {
  readonly type: string;
  readonly seq: number;
  readonly data: Readonly<Record<string, unknown>> & {
    readonly source?: { path: string; offset: number; length: number };
  };
}

async function eventsOf(url: string, adwId: string): Promise<Event[]> {
  const events: Event[] = [];
  for (let after = 0; ; after = events.at(-1)?.seq ?? 0) {
    const answer = await fetch(`${url}/api/v1/adws/${adwId}/events?limit=1000&after=${after}`);
    const page = ((await answer.json()) as { events: Event[] }).events;
    if (page.length === 0) return events;
    events.push(...page);
  }
}

/** A WebSocket client that subscribed to one ADW and keeps all that it was sent. */
async function listen(url: string, adwId: string): Promise<Event[]> {
  const received: Event[] = [];
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`);
  onTestFinished(() => socket.terminate());
  socket.on('message', frame => received.push(JSON.parse(String(frame)) as Event));
  await new Promise(resolve => socket.once('open', resolve));
  socket.send(JSON.stringify({ type: 'subscribe', adw_id: adwId }));
  await until('the subscription is acknowledged', () => received.some(({ type }) => type === 'subscription_ack'));
  return received;
}

describe('what the log holds after a replay', () => {
  test('is every complete line of every stream, in order, byte for byte but for what was lifted or redacted', async () => {
    const server = await serverForTest();
    const { agents } = await exampleProject();
    const args = ['--agents-dir', agents, '--state-dir', await temporaryDirectory(), '--server', server.url];
    expect(await runHere(['replay', EXAMPLE_ID, ...args])).toMatchObject({ code: 0 });
    const chunks = (await eventsOf(server.url, EXAMPLE_ID)).filter(({ type }) => type === 'agent_output_chunk');
    const roles = await readdir(join(agents, EXAMPLE_ID));
    const streams = (await Promise.all(roles.map(async role => (await streamOf(agents, role)) ?? []))).flat();
    expect(streams.length).toBeGreaterThan(5);
    for (const { path, bytes } of streams) {
      let next = 0;
      for (const { data } of chunks.filter(chunk => chunk.data.source?.path === path)) {
        const { offset, length } = data.source ?? { offset: -1, length: 0 };
        expect([path, offset]).toEqual([path, next]);
        const range = bytes.subarray(offset, offset + length);
        expect(data.sha256).toBe(createHash('sha256').update(range).digest('hex'));
        if (data.sent_sha256 === undefined) expect(`${data.content}\n`).toBe(range.toString('utf8'));
        else expect(data.sent_sha256).toBe(createHash('sha256').update(String(data.content)).digest('hex'));
        expect(String(data.content).split('\n').length).toBe(range.toString('utf8').split('\n').length - 1);
        next += length;
      }
      expect([path, next]).toEqual([path, bytes.lastIndexOf('\n') + 1]);
    }
  });

  test('verifies, and says where it differs once the disk has changed', async () => {
    const server = await serverForTest();
    const { agents } = await exampleProject();
    const places = ['--agents-dir', agents, '--server', server.url];
    await runHere(['replay', EXAMPLE_ID, ...places, '--state-dir', await temporaryDirectory()]);
    expect(await runHere(['verify', EXAMPLE_ID, ...places])).toMatchObject({ code: 0 });
    const file = join(agents, EXAMPLE_ID, 'sdlc_planner', 'raw_output.jsonl');
    await appendFile(file, '{"type":"system"}\n');
    const behind = await runHere(['verify', EXAMPLE_ID, ...places, '--json']);
    expect(behind.code).toBe(7);
    expect(JSON.parse(behind.stdout)).toMatchObject({ isComplete: false });
  });
});

async function streamOf(agents: string, role: string): Promise<{ path: string; bytes: Buffer } | undefined> {
  const path = `${role}/raw_output.jsonl`;
  const bytes = await readFile(join(agents, EXAMPLE_ID, path)).catch(() => undefined);
  return bytes && { path, bytes };
}

describe('a WebSocket client beside a watch', () => {
  test('sees appended lines, new roles, screenshots and plans, and nothing in the tree is touched', async () => {
    const server = await serverForTest();
    const root = await temporaryDirectory();
    const adw = join(root, 'agents', 'abcd1234');
    await mkdir(join(adw, 'sdlc_planner'), { recursive: true });
    const stream = join(adw, 'sdlc_planner', 'raw_output.jsonl');
    await writeFile(stream, '{"type":"system","subtype":"status","status":"first"}\n');
    const received = await listen(server.url, 'abcd1234');
    const watch = await startHere(['watch', 'abcd1234', '--server', server.url], { cwd: root });
    const arrives = (what: string, matches: (event: Event) => boolean) => until(what, () => received.find(matches));
    const chunkOf = (path: string, text: string) => (event: Event) =>
      event.type === 'agent_output_chunk' &&
      event.data.source?.path === path &&
      String(event.data.content).includes(text);

    await arrives('the first line', chunkOf('sdlc_planner/raw_output.jsonl', 'first'));
    await appendFile(stream, '{"type":"system","subtype":"status","status":"second"}\n');
    await arrives('the appended line', chunkOf('sdlc_planner/raw_output.jsonl', 'second'));

    await mkdir(join(adw, 'reviewer', 'review_img'), { recursive: true });
    await writeFile(join(adw, 'reviewer', 'cc_raw_output.jsonl'), '{"type":"system","subtype":"status"}\n');
    await arrives('a file of a new role', chunkOf('reviewer/cc_raw_output.jsonl', 'status'));
    await arrives(
      'the new phase',
      ({ type, data }) => type === 'workflow_phase_transition' && data.phase_to === 'review',
    );

    const { agents } = await exampleProject();
    const images = join(agents, EXAMPLE_ID, 'reviewer', 'review_img');
    const [image = ''] = await readdir(images);
    await copyFile(join(images, image), join(adw, 'reviewer', 'review_img', '01_home.png'));
    const shot = await arrives('the screenshot', ({ type }) => type === 'screenshot_available');
    expect(shot.data).toMatchObject({ screenshot_path: 'reviewer/review_img/01_home.png' });
    const stored = await fetch(server.url + String(shot.data.url));
    expect(Buffer.from(await stored.arrayBuffer())).toEqual(await readFile(join(images, image)));

    await mkdir(join(root, 'specs'));
    await writeFile(join(root, 'specs', 'issue-1-adw-abcd1234-sdlc_planner-thing.md'), '# Plan\n\nDo it.\n');
    const spec = await arrives('the plan', ({ type }) => type === 'spec_created');
    expect(spec.data).toMatchObject({
      spec_path: 'specs/issue-1-adw-abcd1234-sdlc_planner-thing.md',
      spec_type: 'plan',
    });

    const before = await snapshotOf(join(root, 'agents'));
    await appendFile(stream, '{"type":"system","subtype":"status","status":"third"}\n');
    await arrives('the last line', chunkOf('sdlc_planner/raw_output.jsonl', 'third'));
    await watch.stop();
    const changed = Object.entries(await snapshotOf(join(root, 'agents'))).filter(([path, is]) => before[path] !== is);
    expect(changed.map(([path]) => path)).toEqual([stream]);
    const seqs = received.flatMap(({ seq }) => seq ?? []);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  });
});
