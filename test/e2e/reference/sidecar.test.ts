import { appendFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { EXAMPLE_ID, exampleProject, runHere, start, startHere, stateDirOf } from '../processes.ts';
import { ADW, line, ofFile, oneRole, rawLines, reference, repeated, saidBy, saidTo, told } from './posts.ts';

/** Every stream of the example with its lines. */
async function streamsOf(agents: string): Promise<Map<string, string[]>> {
  const streams = new Map<string, string[]>();
  for (const path of await readdir(join(agents, EXAMPLE_ID), { recursive: true })) {
    if (!path.endsWith('raw_output.jsonl')) continue;
    streams.set(path, (await readFile(join(agents, EXAMPLE_ID, path), 'utf8')).trimEnd().split('\n'));
  }
  return streams;
}

describe.each(['first', 'second'] as const)('against the reference’s %s server', kind => {
  it('a replay tells everything it has a route for, in the order of each file, several files at once', async () => {
    const server = await reference(kind, { delayMs: 2 });
    const { agents, root } = await exampleProject();
    const args = ['replay', EXAMPLE_ID, '--agents-dir', agents, '--server', server.url];
    expect(await runHere(args)).toMatchObject({ code: 0, stdout: expect.stringContaining('0 duplicates') });
    expect(await readdir(stateDirOf(root))).not.toContain(`${EXAMPLE_ID}.rejected.ndjson`);
    const streams = await streamsOf(agents);
    expect(streams.size).toBeGreaterThan(5);
    for (const [path, lines] of streams) {
      const posts = ofFile(server.taken, path);
      expect([path, saidTo(posts)]).toEqual([path, saidBy(lines)]);
      expect([path, rawLines(posts).length]).toEqual([path, lines.length]);
    }
    expect(repeated(server.taken)).toEqual([]);
    expect(server.inFlightMax()).toBeGreaterThan(1);

    const before = server.taken.length;
    expect(await runHere(args)).toMatchObject({ code: 0 });
    expect(server.taken.length).toBe(before);
  });
});

describe('lines of another program', () => {
  it('are told by the same routes', async () => {
    const server = await reference();
    const { root, file } = await oneRole();
    const stamped = (type: string, fields: object) =>
      `${JSON.stringify({ type, timestamp: '2026-01-01T00:00:00.000Z', ...fields })}\n`;
    const said = [
      stamped('init', { session_id: 'g', model: 'm' }),
      stamped('message', { role: 'assistant', content: 'I look.', delta: true }),
      stamped('tool_use', { tool_name: 'write_file', tool_id: 't1', parameters: { file_path: 'a', content: 'b' } }),
      stamped('tool_result', { tool_id: 't1', status: 'success' }),
      stamped('tool_use', { tool_name: 'run_shell_command', tool_id: 't2', parameters: { command: 'exit 3' } }),
      stamped('tool_result', { tool_id: 't2', status: 'success', output: 'Command exited with code: 3' }),
      stamped('result', { status: 'success', stats: {} }),
    ];
    await appendFile(file, said.join(''));
    expect(await runHere(['replay', ADW, '--server', server.url], { cwd: root })).toMatchObject({ code: 0 });
    const posts = server.taken.map(told);
    expect(saidTo(posts)).toEqual([
      'text_block I look.',
      ...['tool_execution_pre t1', 'tool_execution_post t1', 'tool_execution_pre t2', 'tool_execution_post t2'],
    ]);
    const ends = posts
      .filter(({ kind }) => kind === 'tool_execution_post')
      .map(({ data }) => [data.success, data.status]);
    expect(ends).toEqual([
      [true, 'success'],
      [false, 'error'],
    ]);
    expect(posts.some(({ kind, data }) => kind === 'file_operation' && data.file_path === 'a')).toBe(true);
    const logs = posts.filter(({ kind }) => kind === 'log_entry').map(({ data }) => data.message);
    expect(logs).toEqual(expect.arrayContaining(['session started (Gemini CLI, m)', 'session completed']));
  });
});

describe('what the reference has no route for', () => {
  it('is said in words that its screen shows, and running totals are not', async () => {
    const server = await reference();
    const { agents } = await exampleProject();
    await runHere(['replay', EXAMPLE_ID, '--agents-dir', agents, '--server', server.url]);
    const logs = server.taken.map(told).filter(({ kind }) => kind === 'log_entry');
    for (const words of [
      /^session started/,
      /^session completed \(\d+ turns/,
      /^sdlc_planner: created$/,
      /^sdlc_planner: attempt 1 started \(new\)$/,
      /: todos \d+\/\d+/,
      /^Screenshot: reviewer\/review_img\//,
      /^Spec \(plan\): specs\//,
    ]) {
      expect(logs.some(({ data }) => words.test(String(data.message)))).toBe(true);
    }
    for (const { data } of logs) expect(data).toMatchObject({ level: expect.stringMatching(/^[A-Z]+$/) });
    // A replay tells of what has been, and moves no card.
    expect(server.asked.get('/api/stage-event')).toBeUndefined();
    expect(server.taken.some(post => told(post).data.event_type === 'usage_update')).toBe(false);
  });
});

describe('a route that the server does not have', () => {
  it('is asked for once and said once; the rest arrives', async () => {
    const missing = ['/api/screenshot-available', '/api/spec-created', '/api/workflow-phase-transition'];
    const server = await reference('first', { without: missing });
    const { agents } = await exampleProject();
    const { code, stderr } = await runHere(['replay', EXAMPLE_ID, '--agents-dir', agents, '--server', server.url]);
    expect(code).toBe(0);
    for (const route of missing) {
      expect([route, server.asked.get(route)]).toEqual([route, 1]);
      expect(stderr.split(`no route ${route}`).length - 1).toBe(1);
    }
    expect(server.taken.map(told).some(({ data }) => /^Screenshot: /.test(String(data.message)))).toBe(true);
  });
});

describe('a watcher', () => {
  it('goes on where it was after a clean stop, and tells nothing twice', async () => {
    const server = await reference();
    const { root, file } = await oneRole('one', 'two');
    const texts = () => saidTo(server.taken.map(told)).map(said => said.replace('text_block ', ''));
    const wanted: string[] = ['one', 'two'];
    for (const round of ['first', 'second', 'third']) {
      const watch = await startHere(['watch', ADW, '--server', server.url], { cwd: root });
      await appendFile(file, line(round));
      wanted.push(round);
      await until(`${round} arrives`, () => texts().includes(round));
      expect(await watch.stop()).toMatchObject({ code: 0 });
      await appendFile(file, line(`${round}, unwatched`));
      wanted.push(`${round}, unwatched`);
    }
    expect(await runHere(['replay', ADW, '--server', server.url], { cwd: root })).toMatchObject({ code: 0 });
    expect(texts()).toEqual(wanted);
    expect(rawLines(server.taken.map(told)).join('\n')).toBe((await readFile(file, 'utf8')).trimEnd());
    expect(repeated(server.taken)).toEqual([]);
  });

  it('that is killed loses nothing, and tells again no more than what it had not written down', async () => {
    const server = await reference('first', { delayMs: 5 });
    const texts = Array.from({ length: 40 }, (_, n) => `text ${n}`);
    const { root, file } = await oneRole(...texts.slice(0, 20));
    const watch = start(['watch', ADW, '--server', server.url], { cwd: root });
    await until('the first half is written down', () =>
      readFile(join(stateDirOf(root), `${ADW}.checkpoint.json`), 'utf8').then(
        text => text.includes('"lines":20'),
        () => false,
      ),
    );
    const before = server.taken.length;
    await appendFile(file, texts.slice(20).map(line).join(''));
    await until('the second half is under way', () => server.taken.length > before + 5);
    watch.process.kill('SIGKILL');
    await watch.finished;
    expect(await runHere(['replay', ADW, '--server', server.url], { cwd: root })).toMatchObject({ code: 0 });
    const heard = saidTo(server.taken.map(told)).map(said => said.replace('text_block ', ''));
    expect([...new Set(heard)]).toEqual(texts);
    expect(heard.filter((text, index) => heard.indexOf(text) !== index).every(text => texts.indexOf(text) >= 20)).toBe(
      true,
    );
  });

  it('tries again after 500 and 429, and neither loses nor repeats', async () => {
    const server = await reference();
    const { root } = await oneRole('one', 'two', 'three');
    let asked = 0;
    server.trouble = () => {
      asked += 1;
      if (asked % 3 === 1) return { status: 500 };
      return asked % 3 === 2 ? { status: 429, headers: { 'retry-after': '0' } } : undefined;
    };
    const replay = await runHere(['replay', ADW, '--server', server.url], { cwd: root });
    expect(replay).toMatchObject({ code: 0 });
    expect(saidTo(server.taken.map(told))).toEqual(['text_block one', 'text_block two', 'text_block three']);
    expect(repeated(server.taken)).toEqual([]);
  });

  it('keeps what is refused for good, says so once, and goes on', async () => {
    const server = await reference();
    const { root, letters } = await oneRole('one', 'bad two', 'bad three', 'four');
    server.trouble = (_, { data }) =>
      /^bad/.test(String((data as { content?: string } | undefined)?.content)) ? { status: 418 } : undefined;
    const { code, stderr } = await runHere(['replay', ADW, '--server', server.url], { cwd: root });
    expect(code).toBe(5);
    expect(saidTo(server.taken.map(told))).toEqual(['text_block one', 'text_block four']);
    const kept = (await readFile(letters, 'utf8'))
      .trimEnd()
      .split('\n')
      .map(text => JSON.parse(text));
    expect(kept).toMatchObject([
      { reason: '418: in trouble', event: { type: 'text_block', data: { content: 'bad two' } } },
      { reason: '418: in trouble', event: { type: 'text_block', data: { content: 'bad three' } } },
    ]);
    expect(stderr.split('The server refused an event').length - 1).toBe(1);
  });
});
