import type { EventData } from './schema.ts';
import { type EventType, eventRowOf } from './types.ts';

/** Characters of an event that full-text search finds it by. Prevents an index larger than what it points to. */
export const SEARCH_TEXT_CHARS_MAX = 4_000;

/** Fields of every event that are searched after its own: the text is cut at its end. */
const COMMON = ['model', 'agent_role'];

/** What full-text search finds an event by: the fields that its type's row names, joined by newlines. */
export function searchTextOf(type: EventType, data: EventData): string {
  const { searched } = eventRowOf(type);
  if (searched === false) return '';
  let text = '';
  for (const field of [...searched, ...COMMON]) {
    if (text.length >= SEARCH_TEXT_CHARS_MAX) break;
    const value = typeof field === 'string' ? data[field] : data[field.find(name => data[name] !== undefined) ?? ''];
    const words = wordsOf(value, SEARCH_TEXT_CHARS_MAX - text.length);
    if (words !== '') text += text === '' ? words : `\n${words}`;
  }
  return text;
}

/** The strings and numbers inside a value, joined; keys of objects are left out. */
function wordsOf(value: unknown, charsMax: number): string {
  if (typeof value === 'string') return value.slice(0, charsMax);
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null || charsMax <= 0) return '';
  let text = '';
  for (const inner of Object.values(value)) {
    if (text.length >= charsMax) break;
    const words = wordsOf(inner, charsMax - text.length);
    if (words !== '') text += text === '' ? words : ` ${words}`;
  }
  return text;
}
