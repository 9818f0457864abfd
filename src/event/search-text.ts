import type { EventData, EventType } from './schema.ts';

/** Characters of an event that full-text search looks at. Prevents an index larger than what it points to. */
export const SEARCH_TEXT_CHARS_MAX = 4_000;

/** The fields that hold what a person would look for, the most telling first: the text is cut at its end. */
const SEARCHED = [
  'tool_name',
  'file_path',
  'screenshot_path',
  'spec_path',
  'path',
  'message',
  'summary',
  'content',
  'error',
  'result',
  'tool_input',
  'input',
  'tool_output',
  'output',
  'diff',
  'preview',
  'why',
  'items',
  'model',
  'agent_role',
] as const;

/** Both names of one value: the reference's two servers call it differently, and we send both. */
const SAME_AS: Readonly<Record<string, string>> = { input: 'tool_input', output: 'tool_output' };

/** What full-text search looks at of an event; nothing of raw chunks, whose lines are typed events already. */
export function searchTextOf(type: EventType, data: EventData): string {
  if (type === 'agent_output_chunk') return '';
  let text = '';
  for (const field of SEARCHED) {
    if (text.length >= SEARCH_TEXT_CHARS_MAX) break;
    const twin = SAME_AS[field];
    if (twin !== undefined && data[twin] !== undefined) continue;
    const words = wordsOf(data[field], SEARCH_TEXT_CHARS_MAX - text.length);
    if (words !== '') text += text === '' ? words : `\n${words}`;
  }
  return text;
}

/** The strings and numbers inside a value, joined; keys of objects are not looked for. */
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
