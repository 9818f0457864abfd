import { History } from '../../../../src/adw/history.ts';
import { type Row, rowOf } from '../../../../src/adw/row.ts';
import { AdwStreamError } from '../../../../src/base/errors.ts';
import type { Artifact } from '../../../../src/client/reads.ts';
import { PAGE_EVENTS_MAX } from '../../../../src/event/limits.ts';
import { ROW_TYPES } from '../../../../src/event/types.ts';
import type { ExportedArtifact, ExportManifest } from '../../../../src/export/shape.ts';
import { asAny } from '../api.ts';
import type { AnyEvent } from '../row-data.ts';
import type { Source } from '../source.ts';
import { type Block, blocksIn, computedHash, saidHash } from './blocks.ts';
import { HeldEvents } from './held-events.ts';

/**
 * As what a browser may show a file in a page of its own: images as they are, texts as plain ones. What can hold a script is
 * handed out as bytes to keep, whatever it is called.
 */
function shownType(mediaType: string): string {
  if (/^image\/(?:png|jpeg|gif|webp)$/.test(mediaType)) return mediaType;
  const isText = /^(?:text\/(?:plain|markdown)|application\/(?:json|x-ndjson))(?:;|$)/.test(mediaType);
  return isText ? 'text/plain;charset=utf-8' : 'application/octet-stream';
}

/** What lies in this document, behind the same questions that a server answers. @throws AdwStreamError when its end is missing */
export async function exportedSource(document: Document): Promise<Source> {
  const blocks = blocksIn(document);
  const only = (part: Block['part']) => {
    const block = blocks.find(candidate => candidate.part === part);
    if (block === undefined) throw new AdwStreamError('not_found', 'This file is not whole: its end is missing.');
    return block;
  };
  const manifest = JSON.parse(await only('manifest').content().text()) as ExportManifest;
  const { adw_id: adwId, epoch, last_seq, summary } = manifest;
  const events = new HeldEvents(blocks, epoch);
  const files = heldFiles(blocks, manifest);
  const typedAfter = async (after: number, signal?: AbortSignal) =>
    (await events.page({ after, limit: PAGE_EVENTS_MAX, type: ROW_TYPES }, signal)).events.map(asAny);
  const history = new History(adwId, typedAfter);
  const { stall_timeout_ms: stallTimeoutMs, settle_ms: settleMs } = summary.limits;
  const known = (id: string) => {
    if (id !== adwId) throw new AdwStreamError('adw_not_found', `This file holds ${adwId} alone.`);
  };
  return {
    fetchAdws: async () => ({ epoch, last_seq, agents_dir: null, other_runs: 0, adws: [summary] }),
    // A page of one run has no list of them.
    followRuns: async () => {},
    searchRuns: async () => ({ next: null, runs: [] }),
    fetchAdw: async id => {
      known(id);
      return summary;
    },
    fetchAdwAt: async (id, seq) => {
      known(id);
      return history.summaryAt(seq, { stallTimeoutMs, settleMs });
    },
    fetchEvents: async (id, query = {}, signal) => {
      known(id);
      return events.page(query, signal);
    },
    fetchNewest: async (id, query = {}) => {
      if (id !== adwId) return { epoch, events: [], adw: null };
      const page = await events.page({ ...query, before: last_seq + 1 });
      return { epoch, events: page.events, adw: summary };
    },
    fetchEvent: async (id, eventId) => {
      known(id);
      const event = await events.byId(eventId);
      if (event === undefined) throw new AdwStreamError('not_found', 'This file holds no event with this id.');
      return asAny(event);
    },
    fetchRows: async (id, signal) => {
      known(id);
      return { epoch, last_seq, pages: pagesOf(after => typedAfter(after, signal)) };
    },
    fetchPositions: async () => manifest.positions,
    fetchSession: async () => ({ access: 'read', logged_in: false }),
    exportUrl: () => '',
    ...files,
    exported: { manifest, sha256: saidHash(document), computedSha256: () => computedHash(document) },
  };
}

async function* pagesOf(read: (after: number) => Promise<readonly AnyEvent[]>): AsyncGenerator<Iterable<Row>> {
  for (let events = await read(0); events.length > 0; events = await read(events.at(-1)!.seq)) yield rowsOf(events);
}

function* rowsOf(events: readonly AnyEvent[]): Generator<Row> {
  for (const event of events) yield rowOf(event);
}

/** The stored files among the blocks. */
function heldFiles(
  blocks: readonly Block[],
  { artifacts }: ExportManifest,
): Pick<Source, 'fetchArtifacts' | 'readText' | 'imageUrl' | 'fileUrl'> {
  const bySha = new Map(blocks.filter(({ part }) => part === 'artifact').map(block => [block.sha256, block]));
  const urls = new Map<string, string>();
  const find = (path: string, sha256?: string): ExportedArtifact | undefined =>
    artifacts.findLast(one => one.path === path && (sha256 === undefined || one.sha256 === sha256));
  const urlOf = (artifact: ExportedArtifact, content: BlobPart): string => {
    const type = shownType(artifact.media_type);
    const url = urls.get(artifact.sha256) ?? URL.createObjectURL(new Blob([content], { type }));
    urls.set(artifact.sha256, url);
    return url;
  };
  return {
    fetchArtifacts: async () => artifacts.map((one): Artifact => ({ ...one, url: '' })),
    readText: async (_id, path, sha256) => {
      const block = bySha.get(find(path, sha256)?.sha256 ?? '');
      if (block === undefined) throw new AdwStreamError('not_found', `This file does not hold ${path}.`);
      return block.content().text();
    },
    imageUrl: (_id, path, sha256) => {
      const artifact = find(path, sha256);
      const block = bySha.get(artifact?.sha256 ?? '');
      const isImage = artifact?.media_type.startsWith('image/');
      // Images are not packed.
      return isImage && block !== undefined ? urlOf(artifact!, block.bytes()) : '';
    },
    fileUrl: async (_id, path, sha256) => {
      const artifact = find(path, sha256);
      const block = bySha.get(artifact?.sha256 ?? '');
      return artifact === undefined || block === undefined ? '' : urlOf(artifact, await block.content().blob());
    },
  };
}
