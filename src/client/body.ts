import { AdwStreamError } from '../base/errors.ts';
import { createSseParser, type SseEvent } from './sse-parser.ts';

/**
 * Bodies of answers, read as they come in. A caller that stops early lets go of the rest, and of its connection.
 * @throws AdwStreamError `server_unreachable` where a body breaks off; an aborted one with the platform's AbortError
 */

/** The lines of a body, each when it has come whole. */
export async function* linesIn(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  let rest = '';
  for await (const text of textIn(body)) {
    // A line comes in many pieces: they are one text when its end is there.
    rest += text;
    if (!text.includes('\n')) continue;
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

/**
 * The Server-Sent Events of a body, until the server ends it.
 * @param silenceMsMax ms without a byte, heartbeats included, after which it ends, too; absent, it waits for as long as the platform does
 */
export async function* sseEventsIn(
  body: ReadableStream<Uint8Array>,
  silenceMsMax?: number,
): AsyncGenerator<SseEvent, void> {
  const parse = createSseParser();
  for await (const text of textIn(body, silenceMsMax)) yield* parse(text);
}

async function* textIn(body: ReadableStream<Uint8Array>, silenceMsMax?: number): AsyncGenerator<string, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const letGo = () => void reader.cancel().catch(() => {});
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    for (;;) {
      if (silenceMsMax !== undefined) timer = setTimeout(letGo, silenceMsMax);
      const { done, value } = await reader.read();
      clearTimeout(timer);
      if (done) return;
      yield decoder.decode(value, { stream: true });
    }
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw new AdwStreamError('server_unreachable', 'The connection broke.', { cause: error });
  } finally {
    clearTimeout(timer);
    letGo();
  }
}
