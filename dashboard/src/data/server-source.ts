import { type RowColumns, rowsInColumns } from '../../../src/adw/row-columns.ts';
import type { AdwSummary } from '../../../src/adw/summary-shape.ts';
import { AdwStreamError } from '../../../src/base/errors.ts';
import { createReads } from '../../../src/client/reads.ts';
import type { Position } from '../../../src/event/position.ts';
import type { AnyEvent } from './row-data.ts';
import { readRunFeed } from './run-feed.ts';
import type { Contents, Source } from './source.ts';

/** The server at `origin`, from which this page came: no request leaves it. */
export function serverSource(origin: string): Source {
  const reads = createReads(origin);
  const ask = (path: string, signal?: AbortSignal) => answerOf(new URL(path, origin), signal);
  const ofAdw = (adwId: string) => `/api/v1/adws/${encodeURIComponent(adwId)}`;
  return {
    ...reads,
    searchRuns: async (q, before, signal) => {
      const query = new URLSearchParams({ q, ...(before !== undefined && { before: String(before) }) });
      return (await ask(`/api/v1/search?${query}`, signal)).json() as Promise<Contents>;
    },
    followRuns: (asked, signal) => readRunFeed(origin, asked, signal),
    fetchAdwAt: async (adwId, seq, signal) =>
      (await ask(`${ofAdw(adwId)}?at=${seq}`, signal)).json() as Promise<AdwSummary>,
    fetchEvent: async (adwId, eventId) => {
      const answer = await ask(`${ofAdw(adwId)}/events/${encodeURIComponent(eventId)}`);
      return (await answer.json()) as AnyEvent;
    },
    fetchRows: async (adwId, signal) => {
      const lines = linesOf(await ask(`${ofAdw(adwId)}/rows`, signal));
      const head = await lines.next();
      const { epoch, last_seq } = JSON.parse(head.value ?? '{}') as { epoch: string; last_seq: number };
      return { epoch, last_seq, pages: pagesOf(lines) };
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

async function answerOf(url: URL, signal: AbortSignal | null = null): Promise<Response> {
  const response = await fetch(url, { signal });
  const code = response.status === 401 ? 'unauthorized' : 'not_found';
  if (!response.ok) throw new AdwStreamError(code, `The server answered ${response.status}.`);
  return response;
}

async function* pagesOf(lines: AsyncIterable<string>) {
  for await (const line of lines) yield rowsInColumns(JSON.parse(line) as RowColumns);
}

/** The lines of an answer, each when it has come whole. @throws TypeError when the answer breaks off */
async function* linesOf(answer: Response): AsyncGenerator<string, undefined> {
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  // A line comes in many pieces: joined once, when its end is there.
  let pieces: string[] = [];
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const [end = '', ...lines] = read.value.split('\n');
    pieces.push(end);
    for (const line of lines) {
      yield pieces.join('');
      pieces = [line];
    }
  }
}
