import type { IncomingMessage, ServerResponse } from 'node:http';
import { text as textOfStream } from 'node:stream/consumers';
import { onLoopback, type StandIn } from '../support/stand-ins/on-loopback.ts';

/** What the model says in one turn: blocks of a message, or the error that the API answers with instead. */
export type Turn =
  | { readonly blocks: readonly Block[]; readonly stop?: string }
  | { readonly status: number; readonly error: { readonly type: string; readonly message: string } };

/** A block of a message, as far as these tests need it. */
export type Block =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'thinking'; readonly thinking: string }
  | { readonly type: 'tool_use'; readonly name: string; readonly input: object };

/** A conversation is known by the first word in capitals with a colon in what its user says: `PLAY:work`. */
export type Script = Readonly<Record<string, readonly Turn[]>>;

interface Request {
  readonly model: string;
  readonly stream?: boolean;
  readonly messages: readonly { readonly role: string; readonly content: string | readonly { text?: string }[] }[];
}

/** The Messages API of Anthropic on loopback: what the model says in each turn is written in `script`, and nothing is thought. */
export async function startMessagesApi(script: Script): Promise<StandIn> {
  let messages = 0;
  return onLoopback(async (request, response) => {
    const body = await textOfStream(request);
    if (!request.url?.startsWith('/v1/messages'))
      refuse(response, 404, { type: 'not_found_error', message: 'Not here.' });
    else if (isCount(request)) answer(response, 200, { input_tokens: 1_000 });
    else {
      messages += 1;
      respond(response, JSON.parse(body) as Request, { script, number: messages });
    }
  });
}

function isCount({ url }: IncomingMessage): boolean {
  return url?.includes('count_tokens') === true;
}

function respond(
  response: ServerResponse,
  request: Request,
  { script, number }: { script: Script; number: number },
): void {
  const said = request.messages.filter(({ role }) => role === 'user').map(({ content }) => wordsOf(content));
  const [, play = ''] = /PLAY:(\w+)/.exec(said.join('\n')) ?? [];
  const turns = script[play] ?? [{ blocks: [{ type: 'text', text: 'Yes.' }] }];
  const step = request.messages.filter(({ role }) => role === 'assistant').length;
  const turn = turns[Math.min(step, turns.length - 1)]!;
  if ('status' in turn) {
    refuse(response, turn.status, turn.error);
    return;
  }
  const { blocks } = turn;
  const stop = turn.stop ?? (blocks.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn');
  const usage = {
    input_tokens: 10 + step,
    cache_creation_input_tokens: 1_000,
    cache_read_input_tokens: 500 * step,
    output_tokens: 50,
  };
  const id = `msg_${String(number).padStart(6, '0')}`;
  const message = { id, type: 'message', role: 'assistant', model: request.model, stop_sequence: null, usage };
  const content = blocks.map((block, at) =>
    block.type === 'tool_use' ? { ...block, id: `toolu_${number}_${at}` } : block,
  );
  if (request.stream !== true) answer(response, 200, { ...message, content, stop_reason: stop });
  else stream(response, { ...message, content, stop_reason: stop });
}

function wordsOf(content: Request['messages'][number]['content']): string {
  return typeof content === 'string' ? content : content.map(({ text = '' }) => text).join('\n');
}

interface Message {
  readonly content: readonly (Block & { readonly id?: string })[];
  readonly stop_reason: string;
  readonly usage: { readonly output_tokens: number };
}

function stream(response: ServerResponse, message: Message): void {
  const { content, stop_reason, usage } = message;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (type: string, fields: object) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
  send('message_start', {
    message: { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } },
  });
  for (const [index, block] of content.entries()) {
    const { begin, deltas } = piecesOf(block);
    send('content_block_start', { index, content_block: begin });
    for (const delta of deltas) send('content_block_delta', { index, delta });
    send('content_block_stop', { index });
  }
  send('message_delta', { delta: { stop_reason, stop_sequence: null }, usage });
  send('message_stop', {});
  response.end();
}

function piecesOf(block: Message['content'][number]): { begin: object; deltas: readonly object[] } {
  switch (block.type) {
    case 'text': {
      const half = Math.ceil(block.text.length / 2);
      const parts = [block.text.slice(0, half), block.text.slice(half)];
      return { begin: { type: 'text', text: '' }, deltas: parts.map(text => ({ type: 'text_delta', text })) };
    }
    case 'thinking':
      return {
        begin: { type: 'thinking', thinking: '', signature: '' },
        deltas: [
          { type: 'thinking_delta', thinking: block.thinking },
          { type: 'signature_delta', signature: 'c2ln' },
        ],
      };
    case 'tool_use':
      return {
        begin: { type: 'tool_use', id: block.id, name: block.name, input: {} },
        deltas: [{ type: 'input_json_delta', partial_json: JSON.stringify(block.input) }],
      };
  }
}

function refuse(response: ServerResponse, status: number, error: object): void {
  answer(response, status, { type: 'error', error });
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
