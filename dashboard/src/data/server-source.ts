import type { RunsMessage } from '../../../src/adw/listed-run.ts';
import type { Row, RowEvent } from '../../../src/adw/row.ts';
import { type RowColumns, rowsInColumns } from '../../../src/adw/row-columns.ts';
import type { AdwSummary } from '../../../src/adw/summary-shape.ts';
import { linesIn, sseEventsIn } from '../../../src/client/body.ts';
import { endpointOf } from '../../../src/client/link.ts';
import { createReads, getAnswer, getJson } from '../../../src/client/reads.ts';
import type { Position } from '../../../src/event/position.ts';
import type { Contents } from '../runs/contents.ts';

/** The rows of an ADW in seq order, page by page as they come; rejects when the answer breaks off. */
export type Rows = AsyncIterable<readonly Row[]>;

/** ms without a byte after which a connection counts as broken: a laptop that slept is not told. */
const SILENCE_MS_MAX = 90_000;

/** The server at `origin`, from which this page came: no request leaves it. */
export function serverSource(origin: string) {
  const reads = createReads(origin);
  const endpoint = endpointOf(origin, undefined);
  const ofAdw = (adwId: string) => `/api/v1/adws/${encodeURIComponent(adwId)}`;
  const ask = (path: string, signal?: AbortSignal, accept?: string) =>
    getAnswer(endpoint, path, { fetch, signal }, accept);
  const askJson = <Answer>(path: string, signal?: AbortSignal) => getJson<Answer>(endpoint, path, { fetch, signal });
  return {
    ...reads,
    /**
     * The list of runs, then what changes of it, until the server ends it. By `fetch` and not by an `EventSource`, which does
     * not tell why it was refused.
     * @param after the `at` of the last message that the page has @param withParts whether to tell what phases, roles and models took
     */
    async *followRuns(after: string | undefined, withParts: boolean, signal: AbortSignal): AsyncGenerator<RunsMessage> {
      const query = new URLSearchParams({ ...(withParts && { parts: '1' }), ...(after !== undefined && { after }) });
      const { body } = await ask(`/api/v1/changes?${query}`, signal);
      for await (const { name, data } of sseEventsIn(body!, SILENCE_MS_MAX))
        if (name === 'runs') yield JSON.parse(data) as RunsMessage;
    },
    /** Full text over all runs; `before` goes on where an answer ended. */
    searchRuns(q: string, before: number | undefined, signal: AbortSignal) {
      const query = new URLSearchParams({ q, ...(before !== undefined && { before: String(before) }) });
      return askJson<Contents>(`/api/v1/search?${query}`, signal);
    },
    /** The summary as it was after an event. */
    fetchAdwAt: (adwId: string, seq: number) => askJson<AdwSummary>(`${ofAdw(adwId)}?at=${seq}`),
    /** One event by its stable id. */
    fetchEvent: (adwId: string, eventId: string) =>
      askJson<RowEvent>(`${ofAdw(adwId)}/events/${encodeURIComponent(eventId)}`),
    /** The rows of all events, to be gone through once. */
    async fetchRows(adwId: string, signal?: AbortSignal): Promise<Rows> {
      return rowsIn(await ask(`${ofAdw(adwId)}/rows`, signal, 'application/gzip'));
    },
    /** What is held of every file generation of an ADW. */
    async fetchPositions(adwId: string): Promise<readonly Position[]> {
      return (await askJson<{ files: Position[] }>(`${ofAdw(adwId)}/positions`)).files;
    },
    /** The text of a stored file, of its newest version or the one with that hash. */
    async readText(adwId: string, path: string, sha256?: string) {
      return (await reads.fetchArtifact(adwId, path, sha256)).text();
    },
    /** Where an image is shown from; empty where its bytes are not there. */
    imageUrl: reads.artifactUrl,
    /** Where a stored file can be opened or kept from; empty where its bytes are not there. */
    fileUrl: async (adwId: string, path: string, sha256?: string) => reads.artifactUrl(adwId, path, sha256),
    /** What this browser may do, and whether it has a session to end. */
    fetchSession: () => askJson<{ access: 'read' | 'write'; logged_in: boolean }>('/api/v1/session'),
    /** Where one ADW can be had as a page of its own; empty where that is what this page is. */
    exportUrl: (adwId: string) => `${ofAdw(adwId)}/export.html`,
  };
}

/** Unpacks rows: the first line says up to where; each further one holds a page. */
async function* rowsIn({ body }: Response): AsyncGenerator<readonly Row[]> {
  const lines = linesIn(body!.pipeThrough(new DecompressionStream('gzip')));
  await lines.next();
  for await (const line of lines) yield rowsInColumns(JSON.parse(line) as RowColumns);
}
