import { cpSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Source } from '../../../../dashboard/src/data/source.ts';
import type { Row } from '../../../../src/adw/row.ts';
import { main } from '../../../../src/cli/main.ts';
import type { EventsQuery } from '../../../../src/client/reads.ts';
import { testIo } from '../../../cli/helpers.ts';
import { blocksOf } from '../../../export/blocks.ts';
import { startTestServer, type TestServer, untilStateSaid } from '../../../server/running.ts';
import { standInForBrowser } from '../browser-globals.ts';

const ID = '7e4c1a9b';
const EXAMPLES = fileURLToPath(new URL('../../../../examples/', import.meta.url));
/** An image whose bytes an agent's tool answered with. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

let server: TestServer;
let root: string;
let there: Source;
let here: Source;

/** A document with the blocks of a page, as far as the page asks for them. */
function documentOf(html: string): Document {
  const elements = blocksOf(html).map(({ attributes, line }) => ({
    dataset: attributes,
    textContent: />([^<]*)</.exec(line)?.[1] ?? '',
    outerHTML: line.trimEnd(),
  }));
  const hash = /id="adw-stream-sha256">([0-9a-f]{64})</.exec(html)?.[1] ?? null;
  return { querySelectorAll: () => elements, getElementById: () => ({ textContent: hash }) } as unknown as Document;
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'adw-exported-'));
  for (const part of ['agents', 'specs']) {
    cpSync(join(EXAMPLES, part), join(root, part), { recursive: true, preserveTimestamps: true });
  }
  const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } };
  const content = [{ type: 'tool_result', tool_use_id: 't1', content: [image, { type: 'text', text: 'Übersicht' }] }];
  const line = { type: 'user', message: { role: 'user', content }, session_id: 's', parent_tool_use_id: null };
  await writeFile(join(root, 'agents', ID, 'documenter', 'more.jsonl'), `${JSON.stringify(line)}\n{"half`);
  server = await startTestServer();
  const io = await testIo({ cwd: root });
  expect(await main(['replay', ID, '--server', server.url], io)).toBe(0);
  standInForBrowser(server.url);
  const [{ serverSource }, { exportedSource }] = await Promise.all([
    import('../../../../dashboard/src/data/server-source.ts'),
    import('../../../../dashboard/src/data/exported/exported-source.ts'),
  ]);
  there = serverSource(server.url);
  await untilStateSaid(server.url, ID);
  here = await exportedSource(documentOf(await (await fetch(`/api/v1/adws/${ID}/export.html`)).text()));
});
afterAll(async () => {
  await server.remove();
  await rm(root, { recursive: true, force: true });
});

describe('what lies in an exported page answers as the server does', () => {
  test('with the same summary, number by number', async () => {
    expect(await here.fetchAdw(ID)).toEqual(await there.fetchAdw(ID));
    expect((await there.fetchAdw(ID)).totals.cost_usd).toBeGreaterThan(0);
  });

  const QUERIES: readonly EventsQuery[] = [
    {},
    { limit: 3 },
    { after: 40, limit: 50 },
    { before: 60, limit: 7 },
    { after: 40, before: 44 },
    { after: 100_000 },
    { type: ['agent_output_chunk'], limit: 5 },
    { type: ['agent_output_chunk'], before: 200, limit: 2 },
    { type: ['tool_use_pre', 'agent_output_chunk'], role: 'reviewer', limit: 1_000 },
    { role: 'nobody' },
    { q: 'npm test' },
    { q: 'ubersicht' },
    { q: 'THEME src', limit: 2 },
    { q: 'theme', before: 150, limit: 3 },
    { q: '…' },
    { q: 'npm tes' },
    { q: 'npm tes', asTyped: true },
    { q: 'npm tes ', asTyped: true },
  ];

  test.each(QUERIES)('with the same page of events: %j', async query => {
    const [own, theirs] = [await here.fetchEvents(ID, query), await there.fetchEvents(ID, query)];
    expect(own.events).toEqual(theirs.events);
    // A search does not know that nothing more follows before it has looked.
    if (query.q === undefined) expect(own.more).toBe(theirs.more);
  });

  test('with the same newest events, rows, earlier summaries and positions', async () => {
    const query = { limit: 20, type: ['text_block', 'tool_use_pre'] } as const;
    expect(await here.fetchNewest(ID, query)).toEqual(await there.fetchNewest(ID, query));
    const [own, theirs] = [await allRows(here), await allRows(there)];
    expect(own).toEqual(theirs);
    for (const { seq } of [own[20]!, own[5]!, own.at(-1)!])
      expect(await here.fetchAdwAt(ID, seq)).toEqual(await there.fetchAdwAt(ID, seq));
    const byPath = (a: { path: string }, b: { path: string }) => a.path.localeCompare(b.path);
    expect((await here.fetchPositions(ID)).toSorted(byPath)).toEqual((await there.fetchPositions(ID)).toSorted(byPath));
    await expect(here.fetchEvent(ID, 'none')).rejects.toThrow('no event');
  });

  test('with the same stored files', async () => {
    const [own, theirs] = [await here.fetchArtifacts(ID), await there.fetchArtifacts(ID)];
    expect(own).toEqual(theirs.map(file => ({ ...file, held: true, url: '' })));
    expect(theirs.map(({ media_type }) => media_type)).toEqual(
      expect.arrayContaining(['image/png', 'text/markdown; charset=utf-8']),
    );
    for (const { path, sha256, media_type } of theirs) {
      const bytes = async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer()).toString('base64');
      expect(await bytes(await here.fileUrl(ID, path, sha256))).toBe(
        await bytes(await there.fileUrl(ID, path, sha256)),
      );
      if (media_type.startsWith('image/')) expect(here.imageUrl(ID, path)).toMatch(/^blob:/);
      else expect(await here.readText(ID, path)).toBe(await there.readText(ID, path));
    }
  });

  test('with the hash that it says', async () => {
    expect(await here.exported?.computedSha256()).toBe(here.exported?.sha256);
    expect(here.exported?.manifest.verification).toMatchObject({ compared_with: 'log', is_complete: true });
  });
});

async function allRows(source: Source) {
  const rows: Row[] = [];
  for await (const page of await source.fetchRows(ID)) rows.push(...page);
  return rows;
}
