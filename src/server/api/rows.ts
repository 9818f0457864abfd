import { pipeline, Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { constants, createGzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { type Row, rowOf } from '../../adw/row.ts';
import { columnsOfRows } from '../../adw/row-columns.ts';
import { PAGE_EVENTS_MAX } from '../../event/limits.ts';
import { ROW_TYPES } from '../../event/types.ts';
import { isFullPage, type Store, type StoredEvent } from '../store/store.ts';
import { type AdwParams, type AdwReads, requireAdw } from './adws.ts';
import { cutWhenStalled } from './artifacts.ts';

/** What a page of the dashboard accepts: rows that it unpacks itself. */
const PACKED = 'application/gzip';
/** The quickest, and each page on its way as soon as it is packed. */
const PACKING = { level: 1, flush: constants.Z_SYNC_FLUSH };
/** Characters of events of which rows are made at once. */
const PAGE_CHARS = 4 * 1024 * 1024;
/** ms that a reader may take nothing before its connection is cut. */
const STALL_MS_MAX = 60_000;

/**
 * The rows of an ADW, what a list shows of each event and its filters go by, without the events: line by line, made while
 * they are sent, so that neither side ever holds or parses all of them at once. Packed for the page, also over loopback: what a
 * browser unpacks for it crosses from the browser's network process at its full length, which takes its main thread longer
 * than to unpack it there.
 */
export function rowRoutes(app: FastifyInstance, { store, states }: Pick<AdwReads, 'store' | 'states'>): void {
  app.get<{ Params: AdwParams }>('/api/v1/adws/:adw_id/rows', async ({ params, method, headers }, reply) => {
    requireAdw(states, params.adw_id);
    const isPacked = headers.accept === PACKED;
    reply.type(isPacked ? PACKED : 'application/x-ndjson; charset=utf-8').header('vary', 'accept');
    if (method === 'HEAD') return reply.send('');
    const lines = linesOf(store, params.adw_id);
    // What cannot be read is refused; later it can only be cut off.
    const first = await lines.next();
    cutWhenStalled(reply, STALL_MS_MAX);
    const answer = Readable.from(follow(first, lines));
    // What breaks off breaks the packed stream off, too, and so the answer.
    return reply.send(isPacked ? pipeline(answer, createGzip(PACKING), () => {}) : answer);
  });
}

async function* follow(first: IteratorResult<string>, rest: AsyncIterable<string>) {
  if (first.done) return;
  yield first.value;
  yield* rest;
}

/** A head that says up to where rows follow, and columns of at most a page's rows in each line after it. */
async function* linesOf(store: Store, adwId: string): AsyncGenerator<string> {
  const { epoch, lastSeq } = store;
  let head = `${JSON.stringify({ epoch, last_seq: lastSeq })}\n`;
  for (let after = 0; ; ) {
    const query = { adwId, after, before: lastSeq + 1, types: ROW_TYPES, limit: PAGE_EVENTS_MAX, charsMax: PAGE_CHARS };
    const page = await store.read(query);
    yield page.length === 0 ? head : `${head}${JSON.stringify(columnsOfRows(page.map(rowOfStored)))}\n`;
    head = '';
    if (!isFullPage(page, query)) return;
    after = page.at(-1)!.seq;
    // A store may answer without leaving this turn of the event loop; sockets want theirs.
    await nextTurn();
  }
}

function rowOfStored({ seq, type, dataJson }: StoredEvent): Row {
  return rowOf({ seq, type, data: JSON.parse(dataJson) as Record<string, unknown> });
}
