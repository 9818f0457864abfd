import type { Row, RowEvent } from '../../../src/adw/row.ts';
import { type RowColumns, rowsInColumns } from '../../../src/adw/row-columns.ts';
import type { AdwSummary } from '../../../src/adw/summary-shape.ts';
import { AdwStreamError } from '../../../src/base/errors.ts';
import { createReads } from '../../../src/client/reads.ts';
import type { Position } from '../../../src/event/position.ts';
import type { Contents } from '../runs/contents.ts';
import { type RunsAsked, readRunFeed } from './run-feed.ts';

/** The rows of an ADW in seq order, page by page as they come; rejects when the answer breaks off. */
export type Rows = AsyncIterable<readonly Row[]>;

/** The server at `origin`, from which this page came: no request leaves it. */
export function serverSource(origin: string) {
  const reads = createReads(origin);
  const ofAdw = (adwId: string) => `/api/v1/adws/${encodeURIComponent(adwId)}`;
  const ask = async (path: string, signal?: AbortSignal, accept = '*/*'): Promise<Response> => {
    const answer = await fetch(new URL(path, origin), { headers: { accept }, signal: signal ?? null });
    const code = answer.status === 401 ? 'unauthorized' : 'not_found';
    if (!answer.ok) throw new AdwStreamError(code, `The server answered ${answer.status}.`);
    return answer;
  };
  const askJson = async <Answer>(path: string, signal?: AbortSignal): Promise<Answer> =>
    (await ask(path, signal)).json();
  return {
    ...reads,
    /** Reads the list of runs, then what changes of it, until the server or the signal ends it. */
    followRuns: (asked: RunsAsked, signal: AbortSignal) => readRunFeed(origin, asked, signal),
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
      return rowsOf(await ask(`${ofAdw(adwId)}/rows`, signal, 'application/gzip'));
    },
    /** What is held of every file generation of an ADW. */
    async fetchPositions(adwId: string): Promise<readonly Position[]> {
      return (await askJson<{ files: Position[] }>(`${ofAdw(adwId)}/positions`)).files;
    },
    /** The text of a stored file, of its newest version or the one with that hash. */
    async readText(adwId: string, path: string, sha256?: string) {
      return (await ask(reads.artifactUrl(adwId, path, sha256))).text();
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

/** The first line says up to where; each further one holds a page. */
async function* rowsOf(answer: Response): AsyncGenerator<readonly Row[]> {
  const lines = linesOf(answer);
  await lines.next();
  for await (const line of lines) yield rowsInColumns(JSON.parse(line) as RowColumns);
}

/** The lines of a packed answer, each when it has come whole. @throws TypeError when the answer breaks off */
async function* linesOf(answer: Response): AsyncGenerator<string, undefined> {
  const text = answer.body!.pipeThrough(new DecompressionStream('gzip')).pipeThrough(new TextDecoderStream());
  const reader = text.getReader();
  let rest = '';
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    // A line comes in many pieces: they are one text when its end is there.
    rest += read.value;
    if (!read.value.includes('\n')) continue;
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
