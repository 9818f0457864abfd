import { History } from '../../../../src/adw/history.ts';
import { type Row, rowOf } from '../../../../src/adw/row.ts';
import { AdwStreamError } from '../../../../src/base/errors.ts';
import { shownType } from '../../../../src/event/shown-type.ts';
import type { ExportManifest } from '../../../../src/export/shape.ts';
import type { Source } from '../source.ts';
import { type Block, blocksIn, computedHash, saidHash } from './blocks.ts';
import { HeldEvents } from './held-events.ts';

/** As what files are handed out that a browser may not show. */
const BYTES = 'application/octet-stream';

/** What lies in this document, behind the same questions that a server answers. @throws AdwStreamError when its end is missing */
export async function exportedSource(document: Document): Promise<Source> {
  const blocks = blocksIn(document);
  const whole = blocks.find(({ part }) => part === 'manifest');
  if (whole === undefined) throw new AdwStreamError('not_found', 'This file is not whole: its end is missing.');
  const manifest = JSON.parse(await whole.content().text()) as ExportManifest;
  const { adw_id: adwId, epoch, last_seq, summary } = manifest;
  const events = new HeldEvents(blocks);
  const history = new History(adwId, after => events.typedAfter(after));
  const { stall_timeout_ms: stallTimeoutMs, settle_ms: settleMs } = summary.limits;
  return {
    // A page of one run has no list of them.
    async *followRuns() {},
    searchRuns: async () => ({ next: null, runs: [] }),
    fetchAdw: async () => summary,
    fetchAdwAt: async (_id, seq) => history.summaryAt(seq, { stallTimeoutMs, settleMs }),
    fetchEvents: async (_id, query = {}, signal) => ({ epoch, ...(await events.page(query, signal)) }),
    fetchNewest: async (_id, query = {}) => {
      const { events: newest } = await events.page({ ...query, before: last_seq + 1 });
      return { epoch, events: newest, adw: summary };
    },
    // Nothing is lost here: an event that has no row was of another file.
    fetchEvent: async () => Promise.reject(new AdwStreamError('not_found', 'This file holds no event with this id.')),
    fetchRows: async () => rowsOf(events),
    fetchPositions: async () => manifest.positions,
    fetchSession: async () => ({ access: 'read', logged_in: false }),
    exportUrl: () => '',
    ...heldFiles(blocks, manifest),
    exported: { manifest, sha256: saidHash(document), computedSha256: () => computedHash(document) },
  };
}

async function* rowsOf(events: HeldEvents): AsyncGenerator<readonly Row[]> {
  for (let page = await events.typedAfter(0); page.length > 0; page = await events.typedAfter(page.at(-1)!.seq))
    yield page.map(rowOf);
}

/** The stored files among the blocks. */
function heldFiles(
  blocks: readonly Block[],
  { artifacts }: ExportManifest,
): Pick<Source, 'fetchArtifacts' | 'readText' | 'imageUrl' | 'fileUrl'> {
  const urls = new Map<Block, string>();
  const find = (path: string, sha256?: string) => {
    const file = artifacts.findLast(one => one.path === path && (sha256 === undefined || one.sha256 === sha256));
    const block = blocks.find(({ part, sha256: held }) => part === 'artifact' && held === file?.sha256);
    return file && block && { block, mediaType: file.media_type };
  };
  const urlOf = (block: Block, mediaType: string, content: BlobPart): string => {
    const url = urls.get(block) ?? URL.createObjectURL(new Blob([content], { type: shownType(mediaType) ?? BYTES }));
    urls.set(block, url);
    return url;
  };
  return {
    fetchArtifacts: async () => artifacts.map(file => ({ ...file, url: '' })),
    readText: async (_id, path, sha256) => {
      const held = find(path, sha256);
      if (held === undefined) throw new AdwStreamError('not_found', `This file does not hold ${path}.`);
      return held.block.content().text();
    },
    imageUrl: (_id, path, sha256) => {
      const { block, mediaType = '' } = find(path, sha256) ?? {};
      // Images are not packed.
      return block && mediaType.startsWith('image/') ? urlOf(block, mediaType, block.bytes()) : '';
    },
    fileUrl: async (_id, path, sha256) => {
      const { block, mediaType = '' } = find(path, sha256) ?? {};
      return block ? urlOf(block, mediaType, await block.content().blob()) : '';
    },
  };
}
