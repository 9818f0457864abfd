import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type Clock, isoTime } from '../../base/clock.ts';
import { AdwStreamError } from '../../base/errors.ts';
import { Refusal } from '../../base/refusal.ts';
import { PAGE_CHARS_MAX, PAGE_EVENTS_MAX } from '../../event/limits.ts';
import { HtmlExport } from '../../export/html.ts';
import { manifestOf, verifiedInItself } from '../../export/manifest.ts';
import { type PageFiles, readPageFiles } from '../../export/page-files.ts';
import { ExportRecord } from '../../export/record.ts';
import type { ExportedArtifact } from '../../export/shape.ts';
import { isFullPage, type Store } from '../store/store.ts';
import { type AdwParams, knownAdw } from './adws.ts';
import { cutWhenStalled } from './artifacts.ts';
import { parseQuery } from './query.ts';
import type { States } from './states.ts';

/** Exports that are made at once. Prevents many from taking all of the process's time: each folds a whole run. */
export const EXPORTS_MAX = 4;
/** Seconds after which one that was refused may be asked for again. */
const RETRY_SECONDS = 5;
/** ms that a download may take nothing before its connection is cut. */
const STALL_MS_MAX = 60_000;
/** Characters of events that are read at once: what an export holds of the log. */
const PAGE_CHARS = PAGE_CHARS_MAX / 4;

/** The query of `GET /api/v1/adws/:id/export.html`. */
export const exportQuerySchema = z.object({
  images: z.enum(['0', '1']).optional().describe('0 leaves images out.'),
});

/** What the export of a run is made of. */
export interface ExportParts {
  readonly store: Store;
  readonly states: States;
  readonly clock: Clock;
}

/** One run as a page that needs no server, made while it is sent: a page of the log, and a piece of a file, at a time. */
export function exportRoute(app: FastifyInstance, parts: ExportParts): void {
  let page: Promise<PageFiles> | undefined;
  let running = 0;
  app.get<{ Params: AdwParams }>('/api/v1/adws/:adw_id/export.html', async ({ params, query, method }, reply) => {
    const { adw_id: adwId } = params;
    const { images } = parseQuery(exportQuerySchema, query);
    knownAdw(parts.states, adwId);
    page ??= readPageFiles();
    const files = await page.catch(error => {
      page = undefined;
      throw error;
    });
    reply
      .type('text/html; charset=utf-8')
      .header('content-disposition', `attachment; filename="adw-${adwId}.html"`)
      .header('content-security-policy', files.policy)
      .header('cache-control', 'private, no-store');
    if (method === 'HEAD') return reply.send('');
    if (running >= EXPORTS_MAX) {
      const message = `${EXPORTS_MAX} exports are being made already.`;
      const details = { retry_after_seconds: RETRY_SECONDS };
      throw new Refusal('too many exports', { code: 'rate_limited', message, details });
    }
    running += 1;
    const body = new PassThrough();
    body.once('close', () => (running -= 1));
    cutWhenStalled(reply, STALL_MS_MAX);
    void send(body, { ...parts, adwId, files, withImages: images !== '0' }).catch(error => body.destroy(error));
    return reply.send(body);
  });
}

interface Sent extends ExportParts {
  readonly adwId: string;
  readonly files: PageFiles;
  readonly withImages: boolean;
}

/** Writes the page into `body`. A reader that has gone ends it. */
async function send(body: PassThrough, { store, states, clock, adwId, files, withImages }: Sent): Promise<void> {
  const html = new HtmlExport(text => put(body, text), { adwId, page: files });
  const record = new ExportRecord(adwId, store.epoch);
  const query = { adwId, limit: PAGE_EVENTS_MAX, charsMax: PAGE_CHARS, before: store.lastSeq + 1 };
  for (let [after, more] = [0, true]; more; ) {
    const read = { ...query, after };
    const found = await store.read(read);
    for (const { seq, type, dataJson } of found) {
      const data = JSON.parse(dataJson) as Record<string, unknown>;
      html.add({ seq, type }, record.add({ seq, type, data, dataJson }));
    }
    after = found.at(-1)?.seq ?? after;
    more = isFullPage(found, read);
    await html.drained();
  }
  const artifacts: ExportedArtifact[] = [];
  for (const { path, sha256, size, mediaType, storedAt } of await store.listArtifacts(adwId)) {
    const isWanted = withImages || !mediaType.startsWith('image/');
    const stored = isWanted ? await store.getArtifact(adwId, path, sha256) : undefined;
    const held = stored !== undefined;
    artifacts.push({ path, sha256, bytes: size, media_type: mediaType, stored_at: isoTime(storedAt), held });
    if (stored !== undefined) html.addArtifact({ sha256, mediaType, bytes: () => stored.read() });
    await html.drained();
  }
  const { limits } = knownAdw(states, adwId);
  const manifest = manifestOf(record, {
    source: 'server',
    nowMs: clock.now(),
    limits: { stallTimeoutMs: limits.stall_timeout_ms, settleMs: limits.settle_ms },
    artifacts,
    verification: verifiedInItself(record.generations(), artifacts),
  });
  await html.end(manifest);
  body.end();
}

/** Writes a piece, and waits until the next one may come. @throws when the reader has gone */
async function put(body: PassThrough, text: string): Promise<void> {
  if (body.destroyed) throw new AdwStreamError('interrupted', 'The reader has gone.');
  if (body.write(text)) return;
  const gone = new AbortController();
  const leave = () => gone.abort();
  body.once('close', leave);
  try {
    await once(body, 'drain', { signal: gone.signal });
  } finally {
    body.off('close', leave);
  }
}
