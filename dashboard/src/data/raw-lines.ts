import { outputText } from '../../../src/adw/tool-data.ts';
import { source } from './api.ts';
import { findWhole } from './find-whole.ts';
import type { AnyEvent } from './row-data.ts';
import type { Session } from './session.ts';

/** The record behind an event: the exact line of the file, and where it is. */
export interface RawLine {
  readonly text: string;
  readonly path: string;
  readonly line: number;
  /** Byte range in the file. */
  readonly offset: number | undefined;
  readonly length: number | undefined;
}

/** What an event says about its place in the watched tree. */
export interface Place {
  readonly path?: string;
  readonly line?: number;
  readonly offset?: number;
  readonly length?: number;
  readonly fingerprint?: string;
}

export const placeOf = (event: AnyEvent): Place => (event.data.source ?? {}) as Place;

/** Chunks read before giving up: the one of the event's unit is the nearest before it. */
const CHUNKS_MAX = 12;

/** The line that an event comes from, as the log holds it; undefined for events that come from no line. */
export async function readRawLine(session: Session, event: AnyEvent): Promise<RawLine | undefined> {
  const { path, line, offset, length, fingerprint } = placeOf(event);
  if (path === undefined || line === undefined) return undefined;
  const role = typeof event.data.agent_role === 'string' ? event.data.agent_role : '';
  const chunks = await session.read({
    before: event.seq + 1,
    limit: CHUNKS_MAX,
    type: ['agent_output_chunk'],
    ...(role ? { role } : {}),
  });
  for (const chunk of chunks.toReversed()) {
    const source = placeOf(chunk);
    const first = typeof chunk.data.line_number === 'number' ? chunk.data.line_number : 1;
    if (source.path !== path || (fingerprint && source.fingerprint !== fingerprint)) continue;
    const lines = String(chunk.data.content ?? '').split('\n');
    const text = lines[line - first];
    if (text !== undefined) return { text: await whole(session, text), path, line, offset, length };
  }
  return undefined;
}

/** A line that was too long for a chunk is an artifact; the chunk names it. */
export async function whole(session: Session, text: string): Promise<string> {
  if (!text.startsWith('{"type":"adw_stream.line"')) return text;
  const { artifact, sha256 } = JSON.parse(text) as { artifact: string; sha256: string };
  return source().readText(session.adwId, artifact, sha256);
}

interface Block {
  readonly type?: string;
  readonly id?: string;
  readonly tool_use_id?: string;
  readonly text?: string;
  readonly thinking?: string;
  readonly input?: unknown;
  readonly content?: unknown;
}

/** What the event's preview was cut from: a tool's whole input or output, or a whole text. */
export async function readWhole(session: Session, event: AnyEvent): Promise<unknown> {
  // An entry of a workflow's log comes from no raw chunk: what its message has no room for is an artifact.
  if (typeof event.data.artifact === 'string') return source().readText(session.adwId, event.data.artifact);
  const raw = await readRawLine(session, event);
  if (!raw) return undefined;
  const line = JSON.parse(raw.text.slice(Math.max(0, raw.text.indexOf('{"')))) as {
    message?: { content?: unknown };
    result?: unknown;
  };
  const { data } = event;
  const preview = event.type === 'tool_use_pre' ? data.input : (data.output ?? data.content ?? data.result);
  return wholeInBlocks(event, line) ?? findWhole(preview, line);
}

/** The same where the line is Claude Code's: a block of its message, whose texts are one. */
function wholeInBlocks({ type, data }: AnyEvent, line: { message?: { content?: unknown }; result?: unknown }): unknown {
  if (type === 'session_ended') return line.result;
  const blocks = Array.isArray(line.message?.content) ? (line.message.content as Block[]) : [];
  if (type === 'tool_use_pre') return blocks.find(block => block.id === data.tool_use_id)?.input;
  if (type === 'tool_use_post') {
    const block = blocks.find(candidate => candidate.tool_use_id === data.tool_use_id);
    return block === undefined ? undefined : outputText(block.content);
  }
  const start = String(data.content ?? '').slice(0, 200);
  const block = blocks.find(candidate => (candidate.text ?? candidate.thinking ?? '').startsWith(start));
  return block?.text ?? block?.thinking;
}

/** The structured part of a tool result's line (`tool_use_result`): stdout, stderr, patch. */
export async function readStructured(
  session: Session,
  event: AnyEvent,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const raw = await readRawLine(session, event);
  if (!raw) return undefined;
  const line = JSON.parse(raw.text.slice(Math.max(0, raw.text.indexOf('{"')))) as { tool_use_result?: unknown };
  const result = line.tool_use_result;
  return typeof result === 'object' && result !== null ? (result as Record<string, unknown>) : undefined;
}
