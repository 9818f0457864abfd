import { isRecord } from '../../base/is-record.ts';
import type { EventType } from '../../event/types.ts';

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
