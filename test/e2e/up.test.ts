import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { killNatsServerIn, natsServerIn } from '../server/store/jetstream/nats-server.ts';
import { until } from '../support/until.ts';
import { type Running, runHere, start, temporaryDirectory } from './processes.ts';

const RUNS = Array.from({ length: 6 }, (_, n) => `abcd12${n + 10}`);
const LINES = 400;
const WORDS = 'What an agent says of its work, "quoted" and with a path such as C:\\\\temp. '.repeat(20);
const PATIENCE = { withinMs: 90_000 };

/** A project whose runs have `LINES` lines each, about 4 MB altogether. */
async function project(): Promise<string> {
  const agents = join(await temporaryDirectory(), 'agents');
  for (const id of RUNS) {
    mkdirSync(join(agents, id, 'planner'), { recursive: true });
    writeFileSync(join(agents, id, 'planner', 'raw_output.jsonl'), linesFrom(id, 0, LINES));
  }
  return agents;
}

function linesFrom(id: string, from: number, to: number): string {
  const line = (n: number) => {
    const content = [{ type: 'text', text: `${n} ${WORDS}` }];
    return `${JSON.stringify({ type: 'assistant', message: { id: `${id}.${n}`, role: 'assistant', content }, session_id: id })}\n`;
  };
  return Array.from({ length: to - from }, (_, n) => line(from + n)).join('');
}

async function urlOf(up: Running): Promise<string> {
  return (await up.says(/http:\/\/127\.0\.0\.1:\d+/))[0];
}

/** Lines of all runs that the log has. */
async function linesIn(url: string): Promise<number> {
  const counts = await Promise.all(
    RUNS.map(async id => {
      // Without its store the server tells no positions.
      const { files = [] } = (await (await fetch(`${url}/api/v1/adws/${id}/positions`)).json()) as {
        files?: { lines: number }[];
      };
      return files.reduce((sum, { lines }) => sum + lines, 0);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Every line of every run once, by the bytes that the log has and by the events that it made of them. */
async function expectWhole(url: string, agents: string, lines = LINES): Promise<void> {
  await until('all is in the log', async () => (await linesIn(url)) === RUNS.length * lines, PATIENCE);
  for (const id of RUNS) {
    const verified = await runHere(['verify', id, '--agents-dir', agents, '--server', url]);
    expect([id, verified.code, verified.stderr]).toEqual([id, 0, '']);
    const page = await fetch(`${url}/api/v1/adws/${id}/events?type=text_block&limit=1000`);
    const { events } = (await page.json()) as { events: { data: { content: string } }[] };
    expect(events.map(({ data }) => Number(data.content.split(' ', 1)[0]))).toEqual(
      Array.from({ length: lines }, (_, n) => n),
    );
  }
}

describe('up', () => {
  test('has every line once, though it is killed again and again while it takes them in', async () => {
    const agents = await project();
    const [dataDir, stateDir] = [await temporaryDirectory(), await temporaryDirectory()];
    const places = ['--agents-dir', agents, '--data-dir', dataDir, '--state-dir', stateDir];
    for (const part of [0.1, 0.4, 0.7]) {
      const up = start(['up', '--port', '0', ...places]);
      const url = await urlOf(up);
      await until('a part is in the log', async () => (await linesIn(url)) > part * RUNS.length * LINES, PATIENCE);
      up.process.kill('SIGKILL');
      await up.finished;
    }
    const up = start(['up', '--port', '0', ...places]);
    const url = await urlOf(up);
    for (const id of RUNS)
      appendFileSync(join(agents, id, 'planner', 'raw_output.jsonl'), linesFrom(id, LINES, LINES + 5));
    await expectWhole(url, agents, LINES + 5);
    up.process.kill('SIGTERM');
    expect(await up.finished).toMatchObject({ code: 0 });
  }, 180_000);

  test('keeps its log in JetStream in the same way, also while that is away', async () => {
    const agents = await project();
    const place = await temporaryDirectory();
    const nats = await natsServerIn(place);
    onTestFinished(() => killNatsServerIn(place));
    const places = ['--agents-dir', agents, '--state-dir', await temporaryDirectory()];
    const up = start(['up', '--port', '0', ...places, '--store', nats.url]);
    const url = await urlOf(up);
    await until('a part is in the log', async () => (await linesIn(url)) > RUNS.length * LINES * 0.1, PATIENCE);
    await killNatsServerIn(place);
    await natsServerIn(place, ['-p', new URL(nats.url).port]);
    await expectWhole(url, agents);
    up.process.kill('SIGTERM');
    expect(await up.finished).toMatchObject({ code: 0 });
  }, 180_000);
});
