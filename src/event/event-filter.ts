import type { EventType } from './types.ts';
import { matcherOf, wordsOf } from './words.ts';

/** Which events are asked for; what is absent admits all. */
export interface EventFilter {
  readonly types?: readonly EventType[] | undefined;
  readonly role?: string | undefined;
  /** Words that all have to occur in the event's text. */
  readonly q?: string | undefined;
  /** Whether `q` is still being typed: its last word may then be the beginning of one. */
  readonly asTyped?: boolean | undefined;
}

/** What a filter goes by. */
export interface Filterable {
  readonly type: EventType;
  readonly role: string | null | undefined;
  /** As `searchTextOf` gives it. */
  readonly text: string;
}

/** A test for events, for what goes through them one by one; undefined where none can pass: without a type or a word. */
export function eventFilter({ types, role, q, asTyped }: EventFilter): ((event: Filterable) => boolean) | undefined {
  const admitted = types && new Set(types);
  const words = q === undefined ? undefined : wordsOf(q, asTyped);
  if (admitted?.size === 0 || words?.length === 0) return undefined;
  const matches = words && matcherOf(words);
  return event =>
    (admitted === undefined || admitted.has(event.type)) &&
    (role === undefined || event.role === role) &&
    (matches === undefined || matches(event.text));
}
