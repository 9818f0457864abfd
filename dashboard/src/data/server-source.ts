import { type RowColumns, rowsInColumns } from '../../../src/adw/row-columns.ts';
import { AdwStreamError } from '../../../src/base/errors.ts';
import { createReads } from '../../../src/client/reads.ts';
import { PAGE_EVENTS_MAX } from '../../../src/event/limits.ts';
import type { Position } from '../../../src/event/position.ts';
import type { AnyEvent } from './row-data.ts';
import type { Source } from './source.ts';

/** The server at `origin`, from which this page came: no request leaves it. */
export function serverSource(origin: string): Source {
  const reads = createReads(origin);
  const ofAdw = (adwId: string) => `/api/v1/adws/${encodeURIComponent(adwId)}`;
  return {
    ...reads,
    fetchEvent: async (adwId, eventId) => {
      const answer = await ask(`${ofAdw(adwId)}/events/${encodeURIComponent(eventId)}`);
      return (await answer.json()) as AnyEvent;
    },
    fetchRows: async (adwId, { after, before }, signal) => {
      const path = `${ofAdw(adwId)}/rows?after=${after}&before=${before}&limit=${PAGE_EVENTS_MAX}`;
      const columns = (await (await ask(path, signal)).json()) as RowColumns & { readonly more: boolean };
      return { rows: rowsInColumns(columns), next: columns.more ? columns.seq.at(-1) : undefined };
    },
    fetchPositions: async adwId =>
      ((await (await ask(`${ofAdw(adwId)}/positions`)).json()) as { files: Position[] }).files,
    readText: async (adwId, path, sha256) => (await ask(reads.artifactUrl(adwId, path, sha256))).text(),
    imageUrl: reads.artifactUrl,
    fileUrl: async (adwId, path, sha256) => reads.artifactUrl(adwId, path, sha256),
    fetchSession: async () => (await ask('/api/v1/session')).json(),
    exportUrl: adwId => `${ofAdw(adwId)}/export.html`,
  };
}

async function ask(path: string, signal: AbortSignal | null = null): Promise<Response> {
  const response = await fetch(path, { signal });
  if (!response.ok) throw new AdwStreamError('not_found', `The server answered ${response.status}.`);
  return response;
}
