import type { RowEvent } from '../../../src/adw/row.ts';
import { outputText } from '../../../src/adw/tool-data.ts';
import type { LogEvent } from '../../../src/event/schema.ts';
import { source } from './api.ts';
import { findWhole } from './find-whole.ts';
import type { Session } from './session.ts';

/** What an event says about its place in the watched tree. */
export type Place = Partial<NonNullable<LogEvent['data']['source']>>;

/** The record behind an event: the exact line of the file, and where it is. */
export type RawLine = Place & { readonly text: string };

export const placeOf = (event: RowEvent): Place => (event.data.source ?? {}) as Place;

/** Chunks read before giving up: the one of the event's unit is the nearest before it. */
const CHUNKS_MAX = 12;

/** The line that an event comes from, as the log holds it; undefined for events that come from no line. */
export async function readRawLine(session: Session, event: RowEvent): Promise<RawLine | undefined> {
  const place = placeOf(event);
  const { path, line, fingerprint } = place;
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
    if (text !== undefined) return { ...place, text: await whole(session, text) };
  }
  return undefined;
}

/** A line that was too long for a chunk is an artifact; the chunk names it. */
export async function whole(session: Session, text: string): Promise<string> {
  if (!text.startsWith('{"type":"adw_stream.line"')) return text;
  const { artifact, sha256 } = JSON.parse(text) as { artifact: string; sha256: string };
  return source().readText(session.adwId, artifact, sha256);
}

/** What the event's preview was cut from: a tool's whole input or output, or a whole text. */
export async function readWhole(session: Session, event: RowEvent): Promise<unknown> {
  // An entry of a workflow's log comes from no raw chunk: what its message has no room for is an artifact.
  if (typeof event.data.artifact === 'string') return source().readText(session.adwId, event.data.artifact);
  const line = await readLine(session, event);
  if (!line) return undefined;
  const { type, data } = event;
  // Of several calls in one message the id tells which.
  const blocks = Array.isArray(line.message?.content) ? (line.message.content as Record<string, unknown>[]) : [];
  const call = type === 'tool_use_pre' && blocks.find(({ id }) => id === data.tool_use_id);
  if (call) return call.input;
  const result = type === 'tool_use_post' && blocks.find(({ tool_use_id: id }) => id === data.tool_use_id);
  if (result) return outputText(result.content);
  return findWhole(type === 'tool_use_pre' ? data.input : (data.output ?? data.content ?? data.result), line);
}

/** The structured part of a tool result's line (`tool_use_result`): stdout, stderr, patch. */
export async function readStructured(
  session: Session,
  event: RowEvent,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const result = (await readLine(session, event))?.tool_use_result;
  return typeof result === 'object' && result !== null ? (result as Record<string, unknown>) : undefined;
}

/** What is read of a line of Claude Code's; others have none of it. */
interface Line {
  readonly message?: { readonly content?: unknown };
  readonly tool_use_result?: unknown;
}

async function readLine(session: Session, event: RowEvent): Promise<Line | undefined> {
  const raw = await readRawLine(session, event);
  return raw && (JSON.parse(raw.text.slice(Math.max(0, raw.text.indexOf('{"')))) as Line);
}
