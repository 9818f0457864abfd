import type { FastifyInstance } from 'fastify';
import { rowOf } from '../../adw/row.ts';
import { columnsOfRows, type NumberedRow } from '../../adw/row-columns.ts';
import { ROW_TYPES } from '../../event/types.ts';
import { isFullPage, type StoredEvent } from '../store/store.ts';
import { type AdwParams, type AdwReads, requireAdw } from './adws.ts';
import { parsePageQuery, parseQuery, rowsQuerySchema } from './query.ts';

/** The rows of an ADW: what a list shows of each event, and its filters go by, without the event. */
export function rowRoutes(app: FastifyInstance, { store, states }: Pick<AdwReads, 'store' | 'states'>): void {
  app.get<{ Params: AdwParams }>('/api/v1/adws/:adw_id/rows', async ({ params, query }) => {
    const asked = parsePageQuery(params.adw_id, parseQuery(rowsQuerySchema, query));
    requireAdw(states, params.adw_id);
    const read = { ...asked.read, types: ROW_TYPES };
    const found = await store.read(read);
    const page = found.slice(0, asked.limit);
    if (asked.backwards) page.reverse();
    return { epoch: store.epoch, more: isFullPage(found, read), ...columnsOfRows(page.map(rowOfStored)) };
  });
}

function rowOfStored({ seq, type, dataJson }: StoredEvent): NumberedRow {
  return { seq, row: rowOf({ seq, type, data: JSON.parse(dataJson) as Record<string, unknown> }) };
}
