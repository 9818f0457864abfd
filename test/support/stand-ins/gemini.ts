import { json } from 'node:stream/consumers';
import { onLoopback, type StandIn } from './on-loopback.ts';

/** A part of what the model says in one turn. */
export type Part =
  | { readonly text: string }
  | { readonly functionCall: { readonly name: string; readonly args: Readonly<Record<string, unknown>> } };

interface Request {
  readonly contents: readonly { readonly role?: string; readonly parts?: readonly object[] }[];
  readonly tools?: readonly unknown[];
}

/**
 * The Gemini API of Google on loopback. What the model says after each of its turns is written in `turns`, the last of them for good; each
 * text comes in two pieces. Every request costs the same.
 */
export async function startGeminiApi(turns: readonly (readonly Part[])[]): Promise<StandIn> {
  return onLoopback(async (request, response) => {
    const path = request.url ?? '';
    const { contents = [], tools = [] } = (request.method === 'POST' ? await json(request) : {}) as Partial<Request>;
    // Without tools it is the program that asks, for a word of its own.
    const step = contents.filter(({ role }) => role === 'model').length;
    const parts = tools.length === 0 ? [{ text: '{}' }] : turns[Math.min(step, turns.length - 1)]!;
    const chunks = path.includes('stream') ? chunksOf(parts) : [parts];
    if (!path.includes('enerateContent')) chunks.length = 0;
    response.writeHead(200, {
      'content-type': path.includes('stream') ? 'text/event-stream' : 'application/json',
    });
    for (const [at, chunk] of chunks.entries()) {
      const text = JSON.stringify(answerOf(chunk, at === chunks.length - 1));
      response.write(path.includes('stream') ? `data: ${text}\r\n\r\n` : text);
    }
    response.end(chunks.length === 0 ? '{"totalTokens":1000}' : undefined);
  });
}

function chunksOf(parts: readonly Part[]): (readonly Part[])[] {
  return parts.flatMap((part): (readonly Part[])[] => {
    if (!('text' in part)) return [[part]];
    const half = Math.ceil(part.text.length / 2);
    return [[{ text: part.text.slice(0, half) }], [{ text: part.text.slice(half) }]];
  });
}

function answerOf(parts: readonly Part[], isLast: boolean): object {
  const [promptTokenCount, cachedContentTokenCount, candidatesTokenCount, thoughtsTokenCount] = [1_000, 400, 40, 10];
  const counts = { promptTokenCount, cachedContentTokenCount, candidatesTokenCount, thoughtsTokenCount };
  return {
    candidates: [{ index: 0, content: { role: 'model', parts }, ...(isLast ? { finishReason: 'STOP' } : {}) }],
    usageMetadata: { ...counts, totalTokenCount: promptTokenCount + candidatesTokenCount + thoughtsTokenCount },
    modelVersion: 'gemini-2.5-flash',
  };
}
