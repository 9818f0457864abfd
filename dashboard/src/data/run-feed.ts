import type { RunsMessage } from '../../../src/adw/listed-run.ts';
import { AdwStreamError } from '../../../src/base/errors.ts';
import { endpointOf } from '../../../src/client/link.ts';
import { getAnswer } from '../../../src/client/reads.ts';
import { createSseParser } from '../../../src/client/sse-parser.ts';

/** What {@link readRunFeed} is asked for. */
export interface RunsAsked {
  /** The `at` of the last message that the page has. */
  readonly after: string | undefined;
  /** Whether to tell what phases, roles and models took. */
  readonly withParts: boolean;
  readonly onRuns: (message: RunsMessage) => void;
}

/** ms without a byte, heartbeats included, after which the connection counts as broken: a laptop that slept is not told. */
const SILENCE_MS_MAX = 90_000;

/**
 * Reads `GET /api/v1/changes` until the server ends it. By `fetch` and not by an `EventSource`, which does not tell why it was
 * refused. @throws AdwStreamError with the server's code, or `server_unreachable`; the signal's reason
 */
export async function readRunFeed(origin: string, asked: RunsAsked, signal: AbortSignal): Promise<void> {
  const { after, withParts, onRuns } = asked;
  const query = new URLSearchParams({ ...(withParts && { parts: '1' }), ...(after !== undefined && { after }) });
  const endpoint = endpointOf(origin, undefined);
  const answer = await getAnswer(endpoint, `/api/v1/changes?${query}`, { fetch: globalThis.fetch, signal });
  const parse = createSseParser();
  const decoder = new TextDecoder();
  const reader = answer.body!.getReader();
  for (;;) {
    const { done, value } = await soon(reader, signal);
    if (done) return;
    for (const { name, data } of parse(decoder.decode(value, { stream: true }))) {
      if (name === 'runs') onRuns(JSON.parse(data) as RunsMessage);
    }
  }
}

/** The next bytes. What is silent for too long ends, as if the server had ended it. */
async function soon(reader: ReadableStreamDefaultReader<Uint8Array>, signal: AbortSignal) {
  const timer = setTimeout(() => void reader.cancel(), SILENCE_MS_MAX);
  try {
    return await reader.read();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new AdwStreamError('server_unreachable', 'The connection broke.', { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
