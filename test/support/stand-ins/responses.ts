import type { ServerResponse } from 'node:http';
import { text as textOfStream } from 'node:stream/consumers';
import { onLoopback, type StandIn } from './on-loopback.ts';

/** What the model says in one turn: items of an answer, or the error that the API answers with instead. */
export type Answer =
  | { readonly items: readonly Item[] }
  | { readonly status: number; readonly error: { readonly type: string; readonly message: string } };

/** An item of an answer: what is thought, what is said, a call of a function, a patch. */
export type Item =
  | { readonly thinks: string }
  | { readonly says: string }
  | { readonly calls: string; readonly with: object }
  | { readonly patches: string };

/** What an answer is counted as: the tokens that came from the cache are some of the input. */
const ANSWER_USAGE = { input: 1_000, cached: 400, output: 80, reasoning: 20 } as const;

/** The Responses API of OpenAI on loopback: its answers are those of `script`, one a request, the last one again and again. */
export async function startResponsesApi(script: readonly Answer[]): Promise<StandIn> {
  let requests = 0;
  return onLoopback(async (request, response) => {
    await textOfStream(request);
    if (request.url?.endsWith('/responses') !== true) {
      refuse(response, 404, { type: 'not_found', message: 'Not here.' });
      return;
    }
    const answer = script[Math.min(requests, script.length - 1)]!;
    requests += 1;
    if ('status' in answer) refuse(response, answer.status, answer.error);
    else stream(response, answer.items, requests);
  });
}

function stream(response: ServerResponse, items: readonly Item[], request: number): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (type: string, fields: object) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
  const answer = { id: `resp_${request}`, object: 'response' };
  send('response.created', { response: { ...answer, status: 'in_progress', output: [] } });
  const output = items.map((item, at) => itemOf(item, `${request}_${at}`));
  for (const [output_index, item] of output.entries()) {
    send('response.output_item.added', { output_index, item });
    send('response.output_item.done', { output_index, item });
  }
  const { input, cached, output: written, reasoning } = ANSWER_USAGE;
  const usage = {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: written,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + written,
  };
  send('response.completed', { response: { ...answer, status: 'completed', output, usage } });
  response.end();
}

function itemOf(item: Item, id: string): object {
  const status = 'completed';
  if ('thinks' in item) {
    const summary = [{ type: 'summary_text', text: item.thinks }];
    return { type: 'reasoning', id: `rs_${id}`, summary, content: null, encrypted_content: null };
  }
  if ('says' in item) {
    const content = [{ type: 'output_text', text: item.says, annotations: [] }];
    return { type: 'message', id: `msg_${id}`, role: 'assistant', status, content };
  }
  const call = { id: `fc_${id}`, call_id: `call_${id}`, status };
  if ('patches' in item) return { type: 'custom_tool_call', ...call, name: 'apply_patch', input: item.patches };
  return { type: 'function_call', ...call, name: item.calls, arguments: JSON.stringify(item.with) };
}

function refuse(response: ServerResponse, status: number, error: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error }));
}
