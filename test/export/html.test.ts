import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { HtmlExport } from '../../src/export/html.ts';
import { manifestOf, verifiedInItself } from '../../src/export/manifest.ts';
import { ExportRecord } from '../../src/export/record.ts';
import { blocksOf, manifestIn } from './blocks.ts';

const ID = '1a2b3c4d';
const PAGE = { script: 'run()', style: 'p{}', licenses: 'MIT', policy: "default-src 'none'" };
const LIMITS = { stallTimeoutMs: 300_000, settleMs: 300_000 };
const HOSTILE = '</script><script>alert(1)</script><!--<script> ]]> \u2028\u2029\u202e\u0085 "\'&amp;';

const eventOf = (seq: number, type: string, fields: Record<string, unknown>) => {
  const data = { adw_id: ID, event_id: `e${seq}`, timestamp: '2026-01-01T12:00:00.000Z', ...fields };
  return { seq, type, data, dataJson: JSON.stringify(data) };
};
const chunkOf = (seq: number, offset: number, content: string) => {
  const bytes = Buffer.from(`${content}\n`);
  return eventOf(seq, 'agent_output_chunk', {
    ...{ agent_role: 'builder', content, lines: 1, line_number: 1, tail_sha256: 'f'.repeat(64) },
    sha256: createHash('sha256').update(bytes).digest('hex'),
    source: { path: 'builder/raw_output.jsonl', fingerprint: 'f', offset, length: bytes.length },
  });
};

type Event = ReturnType<typeof eventOf>;

/** A page with these events, and what its writer answered. */
async function pageOf(events: readonly Event[], artifacts: Parameters<HtmlExport['addArtifact']>[0][] = []) {
  let html = '';
  const write = async (text: string) => {
    html += text;
  };
  const page = new HtmlExport(write, { adwId: ID, page: PAGE });
  const record = new ExportRecord(ID, 'epoch');
  for (const event of events) page.add(event, record.add(event));
  for (const artifact of artifacts) page.addArtifact(artifact);
  const verification = verifiedInItself(record.generations(), []);
  const manifest = manifestOf(record, { source: 'server', nowMs: 0, limits: LIMITS, artifacts: [], verification });
  return { ...(await page.end(manifest)), html, record };
}

describe('an exported page', () => {
  test('holds every event as it was, raw ones apart, in blocks that say what they hold', async () => {
    const long = 'x'.repeat(400_000);
    const events = [1, 2, 3, 4, 5].map(seq => eventOf(seq, 'text_block', { content: `${seq} ${long}` }));
    const { html, bytes } = await pageOf([...events, chunkOf(6, 0, '{}')]);
    expect(Buffer.byteLength(html)).toBe(bytes);
    const blocks = blocksOf(html);
    const typed = blocks.filter(({ part }) => part === 'typed');
    expect(typed.map(({ attributes: { first, last } }) => [first, last])).toEqual([
      ['1', '3'],
      ['4', '5'],
    ]);
    const lines = blocks
      .filter(({ part }) => part === 'typed' || part === 'raw')
      .flatMap(({ content }) => String(content).split('\n'));
    expect(lines.map(line => JSON.parse(line).data)).toEqual([...events, chunkOf(6, 0, '{}')].map(({ data }) => data));
    expect(manifestIn(html)).toMatchObject({ adw_id: ID, events: 6, last_seq: 6, positions: [{ next: 3, lines: 1 }] });
  });

  test('is not broken by what a run says: nothing of it stands in the page as it was written', async () => {
    const { html } = await pageOf([eventOf(1, 'text_block', { content: HOSTILE }), chunkOf(2, 0, HOSTILE)]);
    expect(html).not.toContain('alert');
    expect(html.match(/<script/g)).toHaveLength(1 + blocksOf(html).length + 1);
    expect(html).not.toMatch(/[\u0080-\u009f\u2028\u2029\u202e]/);
  });

  test('names the hash of all blocks as they stand there, and that of the events', async () => {
    const { html, sha256, record } = await pageOf([
      eventOf(1, 'text_block', { content: HOSTILE }),
      chunkOf(2, 0, '{}'),
    ]);
    const hash = createHash('sha256').update(
      blocksOf(html)
        .map(({ line }) => line)
        .join(''),
    );
    expect(hash.digest('hex')).toBe(sha256);
    expect(html).toContain(`<script type="text/plain" id="adw-stream-sha256">${sha256}</script>`);
    const lines = ['typed', 'raw'].map(name => blocksOf(html).find(({ part }) => part === name)?.content);
    const events = createHash('sha256').update(lines.map(line => `${line}\n`).join(''));
    expect(events.digest('hex')).toBe(record.eventsSha256());
  });

  test('holds a stored file once, images as they are and everything else packed, and fails with what cannot be read', async () => {
    const bytes = Buffer.from('abcd'.repeat(1_000));
    const file = { sha256: 'a'.repeat(64), mediaType: 'text/plain', bytes };
    const image = { sha256: 'b'.repeat(64), mediaType: 'image/png', bytes: async () => Readable.from([bytes, bytes]) };
    const { html } = await pageOf([], [file, file, image]);
    const held = blocksOf(html).filter(({ part }) => part === 'artifact');
    expect(held.map(({ attributes: { packed }, content }) => [packed, content.length])).toEqual([
      ['gzip', 4_000],
      ['no', 8_000],
    ]);
    const lost = { ...file, bytes: () => Promise.reject(new Error('gone')) };
    await expect(pageOf([], [lost])).rejects.toThrow('gone');
  });

  test('says what is not whole: a gap, and a content that is not what was sent', async () => {
    const gap = chunkOf(2, 100, '{"a":1}');
    const { html } = await pageOf([chunkOf(1, 0, '{}'), gap]);
    expect(manifestIn(html).verification).toMatchObject({
      compared_with: 'log',
      is_complete: false,
      files: [{ path: 'builder/raw_output.jsonl', difference: { offset: 3, what: '97 bytes are not in the log' } }],
    });
    const changed = chunkOf(1, 0, '{}');
    const forged = { ...changed, data: { ...changed.data, content: '[]' } };
    expect(manifestIn((await pageOf([forged])).html).verification.is_complete).toBe(false);
  });
});
