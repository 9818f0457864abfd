import type { RowEvent } from '../../../src/adw/row.ts';
import { outputText } from '../../../src/adw/tool-data.ts';
import type { LogEvent } from '../../../src/event/schema.ts';
import { findWhole } from './find-whole.ts';
import type { Session } from './session.ts';
import { source } from './source.ts';
import { wholeDiff } from './whole-diff.ts';

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
  const { agent_role: role } = event.data;
  const chunks = await session.read({
    before: event.seq + 1,
    limit: CHUNKS_MAX,
    type: ['agent_output_chunk'],
    ...(typeof role === 'string' && role !== '' && { role }),
  });
  for (const chunk of chunks.toReversed()) {
    const source = placeOf(chunk);
    const first = typeof chunk.data.line_number === 'number' ? chunk.data.line_number : 1;
    if (source.path !== path || (fingerprint && source.fingerprint !== fingerprint)) continue;
    const text = String(chunk.data.content ?? '').split('\n')[line - first];
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

/** What is read of a line of Claude Code's; others have none of it. */
interface Line {
  readonly message?: { readonly content?: unknown };
  /** Of a tool's result: stdout, stderr, patch. */
  readonly tool_use_result?: Readonly<Record<string, unknown>>;
}

/** The line that an event comes from, as its program wrote it. */
export async function readLine(session: Session, event: RowEvent): Promise<Line | undefined> {
  const raw = await readRawLine(session, event);
  return raw && JSON.parse(raw.text.slice(Math.max(0, raw.text.indexOf('{"'))));
}

/** What an event's preview was cut from: a tool's whole input or output, a whole text, the whole diff of a change. */
export async function readWhole(session: Session, event: RowEvent): Promise<unknown> {
  const { type, data } = event;
  // An entry of a workflow's log comes from no raw chunk: what its message has no room for is an artifact.
  if (typeof data.artifact === 'string') return source().readText(session.adwId, data.artifact);
  const line = await readLine(session, event);
  const useId = data.tool_use_id as string | undefined;
  if (type === 'file_changed') {
    const byResult = wholeDiff(data, line?.tool_use_result);
    if (byResult !== undefined) return byResult;
    const call = await session.body(session.table.peek().ordinalOfUse(useId));
    return call && wholeDiff(data, await readWhole(session, call));
  }
  // Of several calls in one message the id tells which.
  const blocks = useId !== undefined && Array.isArray(line?.message?.content) ? line.message.content : [];
  const block = blocks.find(({ id, tool_use_id: of }) => id === useId || of === useId);
  if (block) return block.input ?? outputText(block.content);
  return findWhole(data.input ?? data.output ?? data.content ?? data.result, line);
}

/** Changes with their whole diffs: reading one costs a page of raw lines. */
const changes = new WeakMap<RowEvent, Promise<RowEvent>>();

/** A `file_changed` with its whole diff; as it is where its diff is whole, and where the log does not hold the rest. */
export function withWholeDiff(session: Session, event: RowEvent): Promise<RowEvent> {
  if (event.data.truncated !== true) return Promise.resolve(event);
  const known = changes.get(event) ?? readWholeDiff(session, event).catch(() => event);
  changes.set(event, known);
  return known;
}

async function readWholeDiff(session: Session, event: RowEvent): Promise<RowEvent> {
  const diff = await readWhole(session, event);
  return diff === undefined ? event : { ...event, data: { ...event.data, diff, truncated: false } };
}
