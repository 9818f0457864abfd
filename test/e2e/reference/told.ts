import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { drawPng } from '../../../examples/png.ts';
import { type Reply, startScriptedServer } from '../../sidecar/deliver/scripted-server.ts';
import { until } from '../../support/until.ts';
import { EXAMPLE_ID, exampleProject, runHere, start, startHere, stateDirOf, temporaryDirectory } from '../processes.ts';
import { ADW, line, oneRole, rawLines, reference, saidTo, told } from './posts.ts';
import type { Rule } from './rules.ts';

type Server = Awaited<ReturnType<typeof reference>>;

const said = (server: Server, message: string) => server.taken.some(post => told(post).data.message === message);
const pathOf = (data: Readonly<Record<string, unknown>>) => String((data.source as { path?: string })?.path);

/** What answers and is no server for ADWs: a proxy without one behind it, other programs, ours below another path. */
const OTHERS: readonly Reply[] = [
  { status: 200, text: '' },
  { status: 404, body: { code: 'not_found', error: 'no such route', detail: 'no such route' } },
  { status: 200, body: { status: 'healthy' } },
];

/** How our sidecar talks to a server of the reference, tried with processes. */
export const TOLD_RULES: Readonly<Record<string, Rule>> = {
  'What is no such server': async () => {
    const { root } = await oneRole('one', 'two');
    const replay = (url: string, ...more: string[]) =>
      runHere(['replay', ADW, '--server', url, ...more], { cwd: root });
    // The time is for each answer too: one that came too late would be no answer, and not the wrong one.
    const refused = OTHERS.map(async other => {
      const { url } = await startScriptedServer(() => other);
      const { code, stdout, stderr } = await replay(url, '--timeout', '3s');
      expect([code, stdout]).toEqual([5, '']);
      expect(stderr).toContain('Check the address and the path of --server');
    });
    await Promise.all(refused);
    expect(await readdir(stateDirOf(root))).not.toContain(`${ADW}.checkpoint.json`);
    const { url, received } = await startScriptedServer(({ path }) => ({
      status: 200,
      body: { status: path === '/health' ? 'healthy' : 'success' },
    }));
    const { code, stdout } = await replay(url);
    expect([code, stdout]).toEqual([0, expect.stringContaining('2 lines (2 new, 0 duplicates)')]);
    const texts = received.filter(({ body }) => body.includes('"event_type":"text_block"'));
    expect(texts).toHaveLength(2);
  },

  'A kill while it catches up': async () => {
    const server = await reference('first', { delayMs: 1 });
    const root = await temporaryDirectory();
    const texts = Array.from({ length: 60 }, (_, n) => `text ${n}`);
    const log = texts.map((text, n) => `2026-01-01 00:00:${String(n).padStart(2, '0')} - INFO - ${text}\n`).join('');
    const files = ['abcd1234/planner', 'abcd1234/builder', 'abcd5678/planner'];
    for (const file of files) await mkdir(join(root, 'agents', file), { recursive: true });
    for (const file of files) await writeFile(join(root, 'agents', file, 'raw_output.jsonl'), texts.map(line).join(''));
    await writeFile(join(root, 'agents/abcd5678/planner/execution.log'), log);
    const kills = 2;
    for (let kill = 0; kill < kills; kill++) {
      const before = server.taken.length;
      const watch = start(['watch', '--all', '--server', server.url], { cwd: root });
      await until('much of it is told', () => server.taken.length > before + 120);
      watch.process.kill('SIGKILL');
      await watch.finished;
    }
    for (const id of ['abcd1234', 'abcd5678'])
      expect(await runHere(['replay', id, '--server', server.url], { cwd: root })).toMatchObject({ code: 0 });
    for (const file of files) {
      const [id, role] = file.split('/');
      const posts = server.taken.map(told).filter(({ data }) => data.adw_id === id && data.agent_role === role);
      const lines = rawLines(posts).map(raw => (JSON.parse(raw) as { message: { id: string } }).message.id);
      expect(lines.length).toBeLessThanOrEqual(texts.length + kills);
      expect([...new Set(lines)]).toEqual(texts);
    }
    const entries = server.taken.map(told).filter(({ data }) => data.event_type === 'execution_log');
    expect(entries.length).toBeLessThanOrEqual(texts.length + kills);
    expect(new Set(entries.map(({ data }) => data.message))).toEqual(new Set(texts));
  },

  'Cards, while it watches': async () => {
    const server = await reference();
    const { root } = await oneRole('one');
    const begin = (role: string) => mkdir(join(root, 'agents', ADW, role));
    const watch = await startHere(['watch', ADW, '--server', server.url], { cwd: root });
    await until('what was there is told', () => saidTo(server.taken.map(told)).includes('text_block one'));
    expect(server.cards.size).toBe(0);
    await begin('sdlc_implementor');
    await until('the build moves the card', () => server.cards.get(ADW) === 'build');
    // The workflow itself has told the server more than we have seen.
    server.cards.set(ADW, 'ready-to-merge');
    for (const role of ['test_runner', 'documenter']) {
      await begin(role);
      await until(`${role} is told`, () => said(server, `${role}: created`));
    }
    await watch.stop();
    expect(server.cards.get(ADW)).toBe('ready-to-merge');
    expect(server.asked.get('/api/stage-event')).toBe(1);
  },

  'Cards of what has been': async () => {
    const server = await reference();
    const { root, agents } = await exampleProject();
    server.cards.set(EXAMPLE_ID, 'ready-to-merge');
    await runHere(['replay', EXAMPLE_ID, '--agents-dir', agents, '--server', server.url]);
    const before = server.taken.length;
    const args = ['watch', '--all', '--server', server.url, '--state-dir', join(root, 'state')];
    const watch = await startHere(args, { cwd: root });
    await until('the run is told once more', () => server.taken.length >= 2 * before);
    await watch.stop();
    expect(server.asked.get('/api/stage-event')).toBeUndefined();
    expect(server.cards.get(EXAMPLE_ID)).toBe('ready-to-merge');
  },

  'Cards of a run that begins': async () => {
    const server = await reference();
    const { root } = await oneRole('one');
    const args = ['watch', '--all', '--server', server.url, '--state-dir', join(root, 'state')];
    const watch = await startHere(args, { cwd: root });
    await until('what was there is told', () => saidTo(server.taken.map(told)).includes('text_block one'));
    await mkdir(join(root, 'agents', 'abcd5678', 'sdlc_planner'), { recursive: true });
    await until('its first role moves the card', () => server.cards.get('abcd5678') === 'plan');
    expect(server.cards.has(ADW)).toBe(false);
    await watch.stop();
  },

  'Cards with --no-stages': async () => {
    const server = await reference();
    const { root } = await oneRole('one');
    const watch = await startHere(['watch', ADW, '--no-stages', '--server', server.url], { cwd: root });
    await until('what was there is told', () => saidTo(server.taken.map(told)).includes('text_block one'));
    await mkdir(join(root, 'agents', ADW, 'sdlc_implementor'));
    await until('the role is told', () => said(server, 'sdlc_implementor: created'));
    await watch.stop();
    expect(server.asked.get('/api/stage-event')).toBeUndefined();
  },

  'What its monitor sends, with --beside-monitor': async () => {
    const server = await reference();
    const { agents } = await exampleProject();
    const args = ['watch', EXAMPLE_ID, '--beside-monitor', '--until-complete', '--settle', '1s'];
    expect(await runHere([...args, '--agents-dir', agents, '--server', server.url])).toMatchObject({ code: 0 });
    const posts = server.taken.map(told);
    expect(posts.filter(({ data }) => pathOf(data).endsWith('/execution.log'))).toEqual([]);
    const ofLines = posts.filter(({ data }) => /^[^/]+\/raw_output\.jsonl$/.test(pathOf(data)));
    const kinds = new Set(ofLines.map(({ kind }) => kind));
    expect(kinds).toContain('agent-output-chunk');
    for (const kind of ['text_block', 'thinking', 'tool_execution_pre', 'tool_execution_post'])
      expect(kinds).not.toContain(kind);
    const words = posts.map(({ data }) => String(data.message)).join('\n');
    for (const rest of [/^session completed/m, /todos \d/, /^Screenshot: /m]) expect(words).toMatch(rest);
    expect(words).not.toMatch(/^session started/m);
  },

  'Long texts, long lines and images': async () => {
    const server = await reference();
    const { root, file } = await oneRole();
    const long = 'a sentence. '.repeat(400);
    const png = drawPng([{ x: 0, y: 0, width: 8, height: 8, color: '000000' }]);
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png.toString('base64') } };
    const message = (type: string, ...content: unknown[]) => ({ type, message: { id: 'm', role: type, content } });
    const lines = [
      message('assistant', { type: 'thinking', thinking: long }, { type: 'text', text: long }),
      message('assistant', { type: 'tool_use', id: 't', name: 'Write', input: { file_path: 'a', content: long } }),
      message('user', { type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: long }, image] }),
      message('assistant', { type: 'text', text: 'x'.repeat(300_000) }),
    ];
    await writeFile(file, lines.map(one => `${JSON.stringify(one)}\n`).join(''));
    expect(await runHere(['replay', ADW, '--server', server.url], { cwd: root })).toMatchObject({ code: 0 });
    const posts = server.taken.map(told);
    const of = (wanted: string) => posts.filter(({ kind }) => kind === wanted).map(({ data }) => data);
    expect(of('thinking')).toMatchObject([{ content: long }]);
    expect(of('text_block')).toMatchObject([{ content: long }, { content: 'x'.repeat(300_000) }]);
    expect(of('tool_execution_pre')).toMatchObject([{ input: { content: long } }]);
    expect(of('tool_execution_post')).toMatchObject([{ output: `${long}\n[image (image/png, ${png.length} B)]` }]);
    expect(JSON.stringify(posts)).not.toContain('artifact');
    expect(rawLines(posts).at(-1)).toContain('a line of 293.');
  },
};
