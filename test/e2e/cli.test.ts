import { appendFile, mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { serverForTest } from '../server/running.ts';
import { startSilentServer } from '../support/silent-server.ts';
import { until } from '../support/until.ts';
import {
  EXAMPLE_ID,
  exampleProject,
  run,
  runHere,
  snapshotOf,
  start,
  startHere,
  startServer,
  temporaryDirectory,
} from './processes.ts';

interface ListedAdw {
  readonly adw_id: string;
  readonly totals: { readonly lines: number; readonly cost_usd: number };
}

/** Gives a file the time that it has when it was written to so many seconds ago. */
async function setTime(path: string, secondsAgo: number): Promise<void> {
  const time = new Date(Date.now() - secondsAgo * 1000);
  await utimes(path, time, time);
}

async function lineCount(url: string): Promise<number> {
  const { adws } = (await (await fetch(`${url}/api/v1/adws`)).json()) as { adws: ListedAdw[] };
  return adws.reduce((sum, { totals }) => sum + totals.lines, 0);
}

describe('help', () => {
  test('is answered at once, on stdout, with exit code 0', async () => {
    const { code, stdout, stderr } = await run(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Usage: adw-stream');
  });

  test('a reader that has seen enough is no error', async () => {
    const helped = start(['--help']);
    helped.process.stdout?.destroy();
    expect(await helped.finished).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('bad ids', () => {
  test.each(['..', '../../etc', 'abc', '123456789', 'ab/cd123', '%2e%2e%2f%2e', '', 'абвгдежз'])(
    '%j: exit code 2, one line, nothing on disk',
    async id => {
      const cwd = await temporaryDirectory();
      const { code, stdout, stderr } = await runHere(['watch', '--', id], { cwd });
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^error: Invalid ADW id [^\n]* is exactly 8 ASCII letters or digits[^\n]*\n$/);
      expect(await readdir(cwd)).toEqual([]);
    },
  );
});

describe('serve', () => {
  test('prints its URL and ends cleanly on SIGTERM', async () => {
    const server = await startServer();
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    server.process.kill('SIGTERM');
    expect(await server.finished).toMatchObject({ code: 0 });
  });

  test('ends with 130 on Ctrl-C', async () => {
    const server = await startServer();
    server.process.kill('SIGINT');
    expect(await server.finished).toMatchObject({ code: 130 });
  });

  test('says in one line and a hint that a port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await new Promise(resolve => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const args = ['serve', '--port', String(port), '--data-dir', await temporaryDirectory()];
    const { code, stderr } = await runHere(args);
    expect(code).toBe(6);
    // On a busy machine it may say before that the disk is slow.
    expect(stderr).toMatch(new RegExp(`(?:^|\\n)error: [^\\n]*${port}[^\\n]*\\nhint: [^\\n]*--port[^\\n]*\\n$`));
  });

  test('gives up on a NATS server that says nothing, so that its supervisor can start it again', async () => {
    const { port } = await startSilentServer();
    const { code, stderr } = await runHere(['serve', '--port', '0', '--store', `nats://127.0.0.1:${port}`]);
    expect(code).toBe(4);
    expect(stderr).toContain(`Cannot connect to NATS at 127.0.0.1:${port}: timeout`);
  });

  test('says that a data directory cannot be written', async () => {
    const root = await temporaryDirectory();
    await writeFile(join(root, 'file'), '');
    const { code, stderr } = await runHere(['serve', '--port', '0', '--data-dir', join(root, 'file', 'data')]);
    expect(code).toBe(6);
    expect(stderr).toMatch(/^error: [^\n]*\nhint: [^\n]*--data-dir[^\n]*\n$/);
  });

  test('says that a data directory is in use by another server', async () => {
    const dataDir = await temporaryDirectory();
    await serverForTest({ dataDir });
    const { code, stderr } = await runHere(['serve', '--port', '0', '--data-dir', dataDir]);
    expect(code).toBe(6);
    expect(stderr).toMatch(/^error: [^\n]*\nhint: [^\n]*\n$/);
  });

  test('listens beyond this machine only with a token', async () => {
    const args = ['serve', '--host', '0.0.0.0', '--port', '0', '--data-dir', await temporaryDirectory()];
    const { code, stderr } = await runHere(args);
    expect(code).toBe(2);
    expect(stderr).toContain('ADW_STREAM_TOKEN');
  });
});

describe('replay', () => {
  test('pushes everything, and a second time adds nothing; the tree is as it was', async () => {
    const server = await serverForTest();
    const { root, agents } = await exampleProject();
    const stateDir = await temporaryDirectory();
    const args = ['replay', EXAMPLE_ID, '--agents-dir', agents, '--state-dir', stateDir, '--server', server.url];
    const before = await snapshotOf(root);
    const first = await runHere(args);
    expect(first).toMatchObject({ code: 0 });
    const [, lines] = /(\d+) lines \((\d+) new, 0 duplicates\)/.exec(first.stdout) ?? [];
    expect(Number(lines)).toBeGreaterThan(50);
    const second = await runHere(args);
    expect(second.stdout).toContain(`${lines} lines (0 new, ${lines} duplicates), 0 events`);
    expect(await lineCount(server.url)).toBe(Number(lines));
    expect(await snapshotOf(root)).toEqual(before);
  });

  test('gives up on a server that cannot be reached after --timeout, with an exit code of its own', async () => {
    const { agents } = await exampleProject();
    const where = ['--agents-dir', agents, '--server', 'http://127.0.0.1:9', '--timeout', '300ms'];
    const { code, stderr } = await runHere(['replay', EXAMPLE_ID, ...where]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/error: [^\n]*127\.0\.0\.1:9[^\n]*\nhint: {2}Start one with: adw-stream serve\n$/);
  });

  test('says which id was meant', async () => {
    const { agents } = await exampleProject();
    const { code, stderr } = await runHere(['replay', '7e4c1a9d', '--agents-dir', agents]);
    expect(code).toBe(3);
    expect(stderr).toContain(`Did you mean ${EXAMPLE_ID}?`);
  });

  test('says that the server is stricter about ids', async () => {
    const server = await serverForTest();
    const root = await temporaryDirectory();
    await mkdir(join(root, 'agents', 'PROJ-1', 'planner'), { recursive: true });
    await writeFile(join(root, 'agents', 'PROJ-1', 'planner', 'raw_output.jsonl'), '{"type":"system"}\n');
    const args = ['replay', 'PROJ-1', '--id-format', 'any', '--server', server.url];
    const { code, stderr } = await runHere(args, { cwd: root });
    expect([code, stderr]).toEqual([
      5,
      'error: The server admits no ADW named "PROJ-1".\nhint:  Start the server with --id-format any too.\n',
    ]);
  });

  test('says which id was meant by one that is too short', async () => {
    const { agents } = await exampleProject();
    const { code, stderr } = await runHere(['status', EXAMPLE_ID.slice(0, 7), '--agents-dir', agents]);
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`^error: Invalid ADW id .*\\. Did you mean ${EXAMPLE_ID}\\?\n$`));
  });

  test('with ndjson prints one record a line', async () => {
    const server = await serverForTest();
    const { agents } = await exampleProject();
    const where = ['--agents-dir', agents, '--server', server.url];
    const { stdout } = await runHere(['replay', EXAMPLE_ID, ...where, '-o', 'ndjson']);
    const records = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { type: string; data: { files: number } });
    expect(records.at(-1)).toMatchObject({ type: 'summary', data: { adwId: EXAMPLE_ID, rejected: 0 } });
  });
});

describe('watch', () => {
  const line = (text: string) =>
    `${JSON.stringify({ type: 'assistant', message: { id: text, role: 'assistant', content: [{ type: 'text', text }] } })}\n`;

  test('delivers what is appended and what appears, and drains on SIGTERM', async () => {
    const server = await serverForTest();
    const root = await temporaryDirectory();
    const role = join(root, 'agents', 'abcd1234', 'sdlc_planner');
    await mkdir(role, { recursive: true });
    await writeFile(join(role, 'raw_output.jsonl'), line('first words'));
    const watch = start(['watch', 'abcd1234', '--server', server.url], { cwd: root });
    await watch.says(/first words/);
    await appendFile(join(role, 'raw_output.jsonl'), line('second words'));
    await watch.says(/second words/);
    await mkdir(join(root, 'agents', 'abcd1234', 'reviewer'));
    await writeFile(join(root, 'agents', 'abcd1234', 'reviewer', 'raw_output.jsonl'), line('third words'));
    await watch.says(/reviewer .*third words/);
    watch.process.kill('SIGTERM');
    expect(await watch.finished).toMatchObject({ code: 0, stderr: expect.stringContaining('2 files, 3 lines (3 new') });
    expect(await lineCount(server.url)).toBe(3);
  });

  test('with --quiet delivers and says nothing, unless records were asked for', async () => {
    const { root, agents } = await exampleProject();
    const watchAt = (url: string, ...more: string[]) =>
      startHere(['watch', EXAMPLE_ID, '--server', url, '--agents-dir', agents, '--quiet', ...more], { cwd: root });
    const server = await serverForTest();
    const quiet = await watchAt(server.url);
    // What it could not deliver in time it would tell of.
    const verify = ['verify', EXAMPLE_ID, '--agents-dir', agents, '--server', server.url];
    await until('the log has every line', async () => (await runHere(verify)).code === 0, { everyMs: 200 });
    expect(await quiet.stop()).toMatchObject({ code: 0, stdout: '', stderr: '' });

    const other = await serverForTest();
    const records = await watchAt(other.url, '--output', 'ndjson');
    await records.says(/"type":"session_ended"/);
    await records.stop();
  });

  test('with --quiet knows how the ADW ended when its exit code is to say so', async () => {
    const server = await serverForTest();
    const root = await temporaryDirectory();
    const role = join(root, 'agents', 'abcd1234', 'sdlc_planner');
    await mkdir(role, { recursive: true });
    const args = ['watch', 'abcd1234', '--server', server.url, '--quiet', '--exit-status', '--settle', '10ms'];
    const quiet = await startHere(args, { cwd: root });
    const failed = { type: 'result', subtype: 'error_max_turns', is_error: true, num_turns: 9, total_cost_usd: 0.5 };
    await writeFile(join(role, 'raw_output.jsonl'), `${line('first words')}${JSON.stringify(failed)}\n`);
    await until('the log has both lines', async () => (await lineCount(server.url)) === 2);
    expect(await quiet.stop()).toMatchObject({ code: 1, stdout: '', stderr: '' });
  });

  test('waits for an ADW that is not there yet, and says so', async () => {
    const server = await serverForTest();
    const root = await temporaryDirectory();
    await mkdir(join(root, 'agents', 'abcd1235'), { recursive: true });
    const watch = start(['watch', 'abcd1234', '--server', server.url], { cwd: root });
    await watch.says(/abcd1234 has left nothing yet; waiting for it\. Did you mean abcd1235\?/);
    expect(await readdir(join(root, 'agents'))).toEqual(['abcd1235']);
    await mkdir(join(root, 'agents', 'abcd1234', 'planner'), { recursive: true });
    await writeFile(join(root, 'agents', 'abcd1234', 'planner', 'raw_output.jsonl'), line('here at last'));
    await watch.says(/here at last/);
    watch.process.kill('SIGINT');
    expect(await watch.finished).toMatchObject({ code: 130 });
  });

  test('that begins anew, with all of it in the log, knows how the ADW ended', async () => {
    const server = await serverForTest();
    const root = await temporaryDirectory();
    const role = join(root, 'agents', 'abcd1234', 'sdlc_planner');
    await mkdir(role, { recursive: true });
    const failed = { type: 'result', subtype: 'error_max_turns', is_error: true, num_turns: 9, total_cost_usd: 0.5 };
    await writeFile(join(role, 'raw_output.jsonl'), `${line('first words')}${JSON.stringify(failed)}\n`);
    expect(await runHere(['replay', 'abcd1234', '--server', server.url], { cwd: root })).toMatchObject({ code: 0 });
    const args = ['watch', 'abcd1234', '--server', server.url, '--exit-status', '--settle', '10ms'];
    const watch = await startHere(args, { cwd: root });
    await watch.says(/first words\n.*■ failed \(error_max_turns\), 9 turns, \$0\.50/);
    expect(await watch.stop()).toMatchObject({ code: 1, stderr: expect.stringContaining('2 lines (0 new') });
  });

  test('leaves an ADW that is stalled for too long, with exit code 3, when its state is asked for', async () => {
    const server = await serverForTest();
    const root = await temporaryDirectory();
    const role = join(root, 'agents', 'abcd1234', 'sdlc_planner');
    await mkdir(role, { recursive: true });
    await writeFile(join(role, 'raw_output.jsonl'), line('then silence'));
    const args = ['watch', 'abcd1234', '--server', server.url, '--until-complete', '--exit-status'];
    const { code, stdout, stderr } = await runHere([...args, '--stall-timeout', '2s'], { cwd: root });
    expect([code, stdout]).toEqual([3, expect.stringContaining('then silence')]);
    expect(stderr).toMatch(
      /warn: abcd1234 is stalled: sdlc_planner: no event for [\d.:]+s?\n(.*\n)*abcd1234: .* all in the log/,
    );
  });

  test('runs a workflow, streams beside it, and ends with its exit code', async () => {
    const server = await serverForTest();
    const root = await temporaryDirectory();
    await mkdir(join(root, 'agents'));
    const script = `
      const { mkdirSync, writeFileSync } = require('node:fs');
      mkdirSync('agents/abcd1234/planner', { recursive: true });
      writeFileSync('agents/abcd1234/planner/raw_output.jsonl', ${JSON.stringify(line('by the workflow'))});
      console.log('workflow done');
      process.exit(7);`;
    const args = ['watch', 'abcd1234', '--server', server.url, '--', process.execPath, '-e', script];
    const { code, stdout } = await run(args, { cwd: root });
    expect([code, stdout]).toEqual([7, 'workflow done\n']);
    expect(await lineCount(server.url)).toBe(1);
    const status = await runHere(['status', 'abcd1234', '--json', '--server', server.url]);
    expect(status.code).toBe(1);
    expect(JSON.parse(status.stdout)).toMatchObject({ status: 'failed', why: expect.stringMatching(/exit code 7$/) });
  });
});

describe('up', () => {
  test('serves and watches every ADW, present and future, and leaves the tree as it was', async () => {
    const { root, agents } = await exampleProject();
    const dataDir = await temporaryDirectory();
    const before = await snapshotOf(root);
    const up = start(['up', '--agents-dir', agents, '--port', '0', '--data-dir', dataDir, '--state-dir', dataDir]);
    const [url] = await up.says(/http:\/\/\S+/);
    const arrived = (ids: readonly string[]) =>
      until(`${ids} are in the log`, async () => {
        const { adws } = (await (await fetch(`${url}/api/v1/adws`)).json()) as { adws: ListedAdw[] };
        const known = adws.filter(({ totals }) => totals.lines > 0).map(adw => adw.adw_id);
        return ids.every(id => known.includes(id));
      });
    await arrived([EXAMPLE_ID]);
    expect(await snapshotOf(root)).toEqual(before);
    const more = Array.from({ length: 12 }, (_, n) => `abcd12${n + 10}`);
    for (const id of more) {
      await mkdir(join(agents, id, 'planner'), { recursive: true });
      await writeFile(join(agents, id, 'planner', 'raw_output.jsonl'), '{"type":"system"}\n');
    }
    await arrived([EXAMPLE_ID, ...more]);
    up.process.kill('SIGTERM');
    const { code, stderr } = await up.finished;
    expect(code).toBe(0);
    // Neither ours nor Node's, which tells of more than ten listeners.
    expect(stderr).not.toMatch(/warning/i);
  });
});

describe('looking without a server', () => {
  test('tail, list and status read the disk and write nothing', async () => {
    const { root, agents } = await exampleProject();
    const before = await snapshotOf(root);
    const tail = await runHere(['tail', EXAMPLE_ID, '--agents-dir', agents, '--no-follow']);
    expect(tail).toMatchObject({ code: 0, stderr: '' });
    expect(tail.stdout.split('\n').length).toBeGreaterThan(30);
    const list = await runHere(['list', '--agents-dir', agents, '--settle', '10ms']);
    expect(list.stdout).toMatch(new RegExp(`^ADW +STATUS.*\n${EXAMPLE_ID} +✓ completed`));
    const status = await runHere(['status', EXAMPLE_ID, '--agents-dir', agents]);
    expect(status).toMatchObject({ code: 0, stdout: expect.stringContaining('✓ plan') });
    expect(await snapshotOf(root)).toEqual(before);
  });

  test('a fresh checkout is as over as its log says; a run whose next script has begun is not', async () => {
    const { root, agents } = await exampleProject();
    const files = await readdir(root, { recursive: true });
    const age = (seconds: number) => Promise.all(files.map(path => setTime(join(root, path), seconds)));
    await age(0);
    const status = async () =>
      JSON.parse((await runHere(['status', EXAMPLE_ID, '--agents-dir', agents, '--json'])).stdout);
    expect(await status()).toMatchObject({ status: 'completed', phase: 'document', workflow: 'adw_sdlc_iso' });
    await age(200);
    await setTime(join(agents, EXAMPLE_ID, 'documenter/raw_output.jsonl'), 0);
    expect(await status()).toMatchObject({ status: 'between_roles', why: expect.stringContaining('documenter ended') });
  });

  test('tail of a failed workflow ends with the failure, where a copy does not tell which line was the last', async () => {
    const { root, agents } = await exampleProject();
    const line = '2026-03-02 09:31:21 - ERROR - Error: Missing required environment variables:\n  - CLAUDE_CODE_PATH\n';
    await appendFile(join(agents, EXAMPLE_ID, 'adw_sdlc_iso/execution.log'), line);
    const files = await readdir(root, { recursive: true });
    await Promise.all(files.map(path => setTime(join(root, path), 3_600)));
    const { stdout } = await runHere(['tail', EXAMPLE_ID, '--agents-dir', agents, '--no-follow', '-n', '3']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines.at(-1)).toMatch(/│ ■ failed: .*Missing required environment variables: CLAUDE_CODE_PATH$/);
  });

  test('tail -n, --role, -i and -e narrow what is shown', async () => {
    const { agents } = await exampleProject();
    const tail = async (...args: string[]) =>
      (await runHere(['tail', EXAMPLE_ID, '--agents-dir', agents, '--no-follow', ...args])).stdout
        .split('\n')
        .slice(0, -1);
    expect(await tail('-n', '3')).toHaveLength(3);
    const planner = await tail('--role', 'sdlc_planner');
    expect(planner.length).toBeGreaterThan(1);
    expect(planner.every(line => line.startsWith('sdlc_planner '))).toBe(true);
    expect((await tail('-i', 'Read')).every(line => line.includes('Read'))).toBe(true);
    expect((await tail('-e', 'Read')).some(line => line.includes('Read'))).toBe(false);
  });

  test('a server shows the same as the disk', async () => {
    const server = await serverForTest();
    const { agents } = await exampleProject();
    await runHere(['replay', EXAMPLE_ID, '--agents-dir', agents, '--server', server.url]);
    const totals = async (...args: string[]) =>
      (JSON.parse((await runHere(['status', EXAMPLE_ID, '--json', ...args])).stdout) as ListedAdw).totals;
    const fromServer = await totals('--server', server.url);
    expect(await totals('--agents-dir', agents)).toMatchObject({
      lines: fromServer.lines,
      cost_usd: fromServer.cost_usd,
    });
  });

  test('tail that follows ends with 130 on Ctrl-C, like every command', async () => {
    const { agents } = await exampleProject();
    const tail = start(['tail', EXAMPLE_ID, '--agents-dir', agents]);
    await tail.says(/│/);
    tail.process.kill('SIGINT');
    expect(await tail.finished).toMatchObject({ code: 130, stderr: '' });
  });

  test('a reader of tail that has seen enough is no error', async () => {
    const { agents } = await exampleProject();
    const tail = start(['tail', EXAMPLE_ID, '--agents-dir', agents]);
    await tail.says(/│/);
    tail.process.stdout?.destroy();
    await appendFile(join(agents, EXAMPLE_ID, 'sdlc_planner', 'raw_output.jsonl'), '{"type":"unheard-of"}\n');
    expect(await tail.finished).toMatchObject({ code: 0, stderr: '' });
  });
});
