import type { DataOf, NewEvent } from '../../../src/event/schema.ts';
import type { EventType } from '../../../src/event/types.ts';
import type { EventTime, Generation, Line, ParsedLine } from '../../../src/sidecar/flow.ts';
import { createLineParser, type LineParserOptions } from '../../../src/sidecar/parse/line-parser.ts';

/** A generation like those that tail names. */
export const GENERATION: Generation = {
  adwId: '1a2b3c4d',
  path: 'sdlc_implementor/raw_output.jsonl',
  role: 'sdlc_implementor',
  fingerprint: 'f00d',
  attempt: 1,
  reason: 'new',
  lostBytes: 0,
};

/** The moment line `number` is seen arriving in these tests: one line a second. */
export const arrivalOf = (number: number): EventTime => ({
  ms: Date.UTC(2026, 0, 1) + number * 1_000,
  timing: 'observed',
});

/** Lines as tail would cut them, from texts, bytes, or objects to serialize. */
export function linesOf(...contents: readonly (string | Buffer | object)[]): Line[] {
  let offset = 0;
  return contents.map((content, index) => {
    const text = typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content);
    const bytes = Buffer.from(text as string);
    const line = { bytes, number: index + 1, offset, length: bytes.length + 1, terminated: true };
    offset += line.length;
    return line;
  });
}

/** Feeds lines to a fresh parser. */
export function parseAll(lines: readonly Line[], options: Partial<LineParserOptions> = {}): ParsedLine[] {
  const parser = createLineParser({ generation: GENERATION, phase: 'build', redact: undefined, ...options });
  return lines.map(line => parser.parse(line, arrivalOf(line.number)));
}

/** All events of the lines that `contents` make. */
export function eventsOf(...contents: readonly (string | Buffer | object)[]): NewEvent[] {
  return parseAll(linesOf(...contents)).flatMap(parsed => parsed.events);
}

/** The data of the events of one type. */
export function dataOf<Type extends EventType>(events: readonly NewEvent[], type: Type): DataOf<Type>[] {
  return events.filter(event => event.type === type).map(event => event.data as DataOf<Type>);
}

const SESSION = { session_id: 's-1', uuid: 'u', parent_tool_use_id: null };

/** `system/init`. */
export const init = (fields: object = {}) => ({
  type: 'system',
  subtype: 'init',
  cwd: '/home/dev/shop',
  tools: ['Read', 'Edit'],
  mcp_servers: [],
  model: 'claude-test-1',
  permissionMode: 'bypassPermissions',
  claude_code_version: '2.1.0',
  session_id: 's-1',
  ...fields,
});

/** An `assistant` line with these blocks. */
export const assistant = (content: readonly object[], message: object = {}, line: object = {}) => ({
  type: 'assistant',
  message: { id: 'msg_1', role: 'assistant', model: 'claude-test-1', content, ...message },
  ...SESSION,
  ...line,
});

/** An `assistant` line that calls a tool. */
export const toolUse = (id: string, name: string, input: object, line: object = {}) =>
  assistant([{ type: 'tool_use', id, name, input }], { id: `msg_${id}` }, line);

/** A `user` line that answers a call. */
export const toolResult = (id: string, content: unknown, fields: object = {}, line: object = {}) => ({
  type: 'user',
  message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content, ...fields }] },
  ...SESSION,
  ...line,
});

/** A `result` line of a session that went well. */
export const result = (fields: object = {}) => ({
  type: 'result',
  subtype: 'success',
  is_error: false,
  duration_ms: 61_000,
  duration_api_ms: 40_000,
  num_turns: 9,
  result: 'All done.',
  session_id: 's-1',
  total_cost_usd: 0.63,
  usage: { input_tokens: 10, output_tokens: 20, cache_read_input_tokens: 30, cache_creation_input_tokens: 40 },
  modelUsage: { 'claude-test-1': { inputTokens: 10, costUSD: 0.63 } },
  permission_denials: [],
  ...fields,
});

/** Bytes that begin and end as a png does, of any length, different for each `seed`. */
export function pngBytes(seed: number, size = 300): Buffer {
  const body = Buffer.alloc(size, seed);
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), body, Buffer.from('0000000049454e44ae426082', 'hex')]);
}
