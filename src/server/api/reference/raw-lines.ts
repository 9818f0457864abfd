import { isRecord } from '../../../base/is-record.ts';
import type { EventType } from '../../../event/types.ts';
import { readAll, type Store } from '../../store/store.ts';

/** `data` of an event, parsed. */
export type Data = Readonly<Record<string, unknown>>;

/** `data` of the newest events of a type, the newest first. */
export async function readNewest(store: Store, adwId: string, type: EventType, limit: number): Promise<Data[]> {
  const newest = await store.read({ adwId, types: [type], order: 'desc', limit });
  return newest.map(({ dataJson }) => JSON.parse(dataJson) as Data);
}

/** A complete line as the log holds it. */
export interface RawLine {
  readonly text: string;
  /** The file, its attempt, and the line's number in it. */
  readonly path: string;
  readonly attempt: number;
  readonly number: number;
  /** When its chunk was written, as well as it is known. */
  readonly timestamp: string | null;
}

/** The lines of a role's newest attempt: what its file holds now, since every attempt begins the file anew. */
export async function rawLines(store: Store, adwId: string, role: string): Promise<RawLine[]> {
  let newest = 0;
  let lines: RawLine[] = [];
  for await (const { dataJson } of readAll(store, { adwId, types: ['agent_output_chunk'], role })) {
    const data = JSON.parse(dataJson) as Data;
    const attempt = typeof data.attempt === 'number' ? data.attempt : 0;
    if (attempt < newest || typeof data.content !== 'string') continue;
    if (attempt > newest) lines = [];
    newest = attempt;
    const timestamp = typeof data.timestamp === 'string' ? data.timestamp : null;
    const first = typeof data.line_number === 'number' ? data.line_number : 1;
    const path = isRecord(data.source) && typeof data.source.path === 'string' ? data.source.path : '';
    for (const [index, text] of data.content.split('\n').entries())
      if (text.trim() !== '') lines.push({ text, timestamp, path, attempt, number: first + index });
  }
  return lines;
}
