import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import { blocksOf, manifestIn } from '../../export/blocks.ts';
import { startTestServer } from '../../server/running.ts';
import { temporaryDirectory, testIo } from '../helpers.ts';

const ID = '7e4c1a9b';
const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url));

/** A copy of the example in a project of its own. */
async function project(): Promise<string> {
  const root = await temporaryDirectory();
  for (const part of ['agents', 'specs']) {
    cpSync(join(EXAMPLES, part), join(root, part), { recursive: true, preserveTimestamps: true });
  }
  return root;
}

/** Runs a command line in `cwd`; what it says and answers. */
async function typed(cwd: string, ...argv: string[]) {
  const io = await testIo({ cwd });
  return { code: await main(argv, io), out: io.out(), err: io.err() };
}

/** Every file below a directory, with its size and the time of its last write. */
const treeOf = (root: string) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map(path => [path, statSync(join(root, path)).size, statSync(join(root, path)).mtimeMs]);

const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('export from the disk', () => {
  test('without a form writes the page here, says so, and touches nothing in the tree', async () => {
    const root = await project();
    const before = ['agents', 'specs'].map(part => treeOf(join(root, part)));
    const { code, out, err } = await typed(root, 'export', ID);
    expect([code, out]).toEqual([0, '']);
    expect(['agents', 'specs'].map(part => treeOf(join(root, part)))).toEqual(before);
    expect(readdirSync(root).toSorted()).toEqual([`adw-${ID}.html`, 'agents', 'specs']);
    const html = readFileSync(join(root, `adw-${ID}.html`), 'utf8');
    const hash = sha256(
      blocksOf(html)
        .map(({ line }) => line)
        .join(''),
    );
    expect(err).toContain(`${ID}: ${join(root, `adw-${ID}.html`)} (`);
    expect(err).toContain(`verified, sha-256 ${hash}`);
    expect(manifestIn(html)).toMatchObject({
      source: 'disk',
      verification: { compared_with: 'disk', is_complete: true },
      artifacts: expect.arrayContaining([expect.objectContaining({ media_type: 'image/png', held: true })]),
    });
  });

  test('has the numbers that status has, and writes every form in one go', async () => {
    const root = await project();
    const args = ['--html', 'a.html', '--markdown', 'a.md', '--ndjson', 'a.ndjson', '--no-images', '-o', 'ndjson'];
    const { code, out } = await typed(root, 'export', ID, ...args);
    expect(code).toBe(0);
    const [html, lines] = ['a.html', 'a.ndjson'].map(name => readFileSync(join(root, name), 'utf8'));
    const { summary, events, events_sha256, artifacts } = manifestIn(html ?? '');
    const status = JSON.parse((await typed(root, 'status', ID, '--json')).out);
    // In between time goes by.
    expect({ ...summary, next_check_at: null }).toEqual({ ...status, next_check_at: null });
    expect(lines?.trimEnd().split('\n')).toHaveLength(events);
    expect(sha256(lines ?? '')).toBe(events_sha256);
    expect(artifacts.filter(({ held, media_type }) => held === media_type.startsWith('image/'))).toEqual([]);
    expect(JSON.parse(out)).toMatchObject({
      type: 'exported',
      data: { adw_id: ID, events, events_sha256, verified: true },
    });
    expect(readFileSync(join(root, 'a.md'), 'utf8')).toMatch(/^### ✅ completed/);
  });

  test('redacts as the sidecar does, unless it is told not to', async () => {
    const root = await project();
    const secret = `ghp_${'0aB1'.repeat(9)}`;
    writeFileSync(join(root, 'agents', ID, 'documenter', 'prompts', 'more.txt'), `token ${secret}`);
    mkdirSync(join(root, 'agents', ID, 'tester'));
    const text = { type: 'text', text: `I use ${secret}` };
    const line = { type: 'assistant', message: { role: 'assistant', content: [text] }, session_id: 's' };
    writeFileSync(join(root, 'agents', ID, 'tester', 'raw_output.jsonl'), `${JSON.stringify(line)}\n`);
    const held = async (...args: string[]) => {
      await typed(root, 'export', ID, '--html', 'x.html', ...args);
      return blocksOf(readFileSync(join(root, 'x.html'), 'utf8')).some(({ content }) => content.includes(secret));
    };
    expect(await held()).toBe(false);
    expect(await held('--no-redact')).toBe(true);
  });

  test('gives stdout to the form that asks for it, and keeps what else it says away from there', async () => {
    const root = await project();
    const { code, out, err } = await typed(root, 'export', ID, '--ndjson', '-', '-q');
    expect([code, err]).toEqual([0, '']);
    for (const line of out.trimEnd().split('\n')) expect(JSON.parse(line)).toMatchObject({ epoch: 'disk' });
  });

  test('refuses what it cannot do, and leaves nothing behind', async () => {
    const root = await project();
    const refused = async (...args: string[]) => {
      const { code, err } = await typed(root, 'export', ...args);
      return `${code} ${err}`;
    };
    expect(await refused('ffffffff')).toMatch(/^3 .*There is no ADW ffffffff/);
    expect(await refused(ID, '--html', '-', '--ndjson', '-')).toMatch(/^2 .*Two forms cannot go to one place/);
    expect(await refused(ID, '--html', join('agents', ID, 'x.html'))).toMatch(
      /^2 .*is watched: nothing is written there/,
    );
    expect(await refused(ID, '--html', join('none', 'x.html'))).toMatch(/^6 .*cannot be written \(ENOENT\)/);
    expect(await refused(ID, '--from', 'dsk')).toMatch(/^2 .*one of disk, server.*Did you mean disk\?/);
    expect(readdirSync(root).toSorted()).toEqual(['agents', 'specs']);
  });

  test('says what is not whole, in the page and beside it', async () => {
    const root = await project();
    writeFileSync(join(root, 'elsewhere.jsonl'), '{}\n');
    symlinkSync(join(root, 'elsewhere.jsonl'), join(root, 'agents', ID, 'documenter', 'linked.jsonl'));
    const { code, err } = await typed(root, 'export', ID);
    expect([code, err]).toEqual([
      0,
      expect.stringMatching(/record of documenter\/linked\.jsonl is not whole[\s\S]*, not whole, sha-256/),
    ]);
    const { verification } = manifestIn(readFileSync(join(root, `adw-${ID}.html`), 'utf8'));
    const differing = verification.files.filter(({ difference }) => difference !== undefined);
    expect([verification.is_complete, differing.map(({ path }) => path)]).toEqual([false, ['documenter/linked.jsonl']]);
  });
});

describe('export from a server', () => {
  test('has the numbers that the server has, compared with the files where they are here', async () => {
    const root = await project();
    const server = await startTestServer();
    onTestFinished(() => server.remove());
    expect(await typed(root, 'replay', ID, '--server', server.url)).toMatchObject({ code: 0 });
    const { code } = await typed(
      root,
      'export',
      ID,
      '--server',
      server.url,
      '--html',
      'here.html',
      '--markdown',
      'x.md',
    );
    expect(code).toBe(0);
    const elsewhere = await temporaryDirectory();
    expect((await typed(elsewhere, 'export', ID, '--from', 'server', '--server', server.url)).code).toBe(0);
    const here = manifestIn(readFileSync(join(root, 'here.html'), 'utf8'));
    const there = manifestIn(readFileSync(join(elsewhere, `adw-${ID}.html`), 'utf8'));
    expect(
      [here, there].map(({ source, verification }) => [source, verification.compared_with, verification.is_complete]),
    ).toEqual([
      ['server', 'disk', true],
      ['server', 'log', true],
    ]);
    const answer = await fetch(`${server.url}/api/v1/adws/${ID}`);
    expect(there.summary.totals.cost_usd).toBe(((await answer.json()) as typeof there.summary).totals.cost_usd);
    expect(readFileSync(join(root, 'x.md'), 'utf8')).toContain(`(${server.url}/#/adw/${ID})`);
    expect(await typed(elsewhere, 'export', 'ffffffff', '--server', server.url)).toMatchObject({ code: 3 });
  });

  test('that does not answer is an error with the code for it', async () => {
    const root = await temporaryDirectory();
    expect(await typed(root, 'export', ID, '--server', 'http://127.0.0.1:1')).toMatchObject({ code: 4 });
  });
});
