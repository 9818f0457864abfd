import { boardWords, WORDED_TYPES } from '../../adw/board-words.ts';
import { isRecord } from '../../base/is-record.ts';
import { type EventType, REFERENCE_TYPES } from '../../event/types.ts';

/** The field of a tool event that holds its preview, and the second name under which the reference's client reads it. */
const SECOND_NAMES: Partial<Record<EventType, readonly [ours: string, theirs: string]>> = {
  tool_use_pre: ['input', 'tool_input'],
  tool_use_post: ['output', 'tool_output'],
};

/** Whether events of this type have a field with a second name. */
export function hasSecondName(type: EventType): boolean {
  return SECOND_NAMES[type] !== undefined;
}

/** The text of an event on the wire, with its preview also under the name that the reference's client reads. */
export function withSecondName(type: EventType, text: string): string {
  const [ours, theirs] = SECOND_NAMES[type] ?? [];
  const event: unknown = JSON.parse(text);
  if (ours === undefined || theirs === undefined || !isRecord(event) || !isRecord(event.data)) return text;
  if (event.data[ours] === undefined || event.data[theirs] !== undefined) return text;
  return JSON.stringify({ ...event, data: { ...event.data, [theirs]: event.data[ours] } });
}

/** The types that a connection is sent that never subscribed, as the reference's board: what its client knows, and what is said to it in words. */
export const BOARD_TYPES: ReadonlySet<EventType> = new Set([...REFERENCE_TYPES, ...WORDED_TYPES]);

/** Whether the board is sent events of this type in words. */
export function isWorded(type: EventType): boolean {
  return WORDED_TYPES.includes(type);
}

/**
 * What the board is sent of an event that its screen does not show: a log entry, behind the event itself where its client
 * knows the type.
 * @param text the event on the wire
 * @returns the texts of the messages, in order
 */
export function inBoardWords(type: EventType, text: string): readonly string[] {
  const event: unknown = JSON.parse(text);
  const data = isRecord(event) && isRecord(event.data) ? event.data : {};
  const own = REFERENCE_TYPES.has(type) ? [text] : [];
  const words = boardWords(type, data);
  if (words === undefined || !isRecord(event)) return own;
  const log = { ...data, ...words, event_category: 'system', event_type: type };
  return [...own, JSON.stringify({ ...event, type: 'agent_log', data: log })];
}
