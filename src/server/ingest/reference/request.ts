import { AdwStreamError } from '../../../base/errors.ts';
import { isRecord } from '../../../base/is-record.ts';
import type { EventType } from '../../../event/types.ts';

/** A body of the reference's routes, before anything is known about its fields. */
export type Fields = Readonly<Record<string, unknown>>;

/** An event that a body becomes; it is validated like any other before it is stored. */
export interface Draft {
  readonly type: EventType;
  readonly data: Fields;
}

/** What a request of the reference means: the events to store, and what to answer once they are durable. */
export interface Translation {
  readonly events: readonly Draft[];
  /** The answer's fields; `clients` is how many subscribers there are. */
  answer(clients: number): Fields;
}

/** Translates the body of one route. @throws AdwStreamError with the reference's own text */
export type Translate = (body: Fields) => Translation;

/** A 400 with one of the reference's texts. */
export function badRequest(text: string): AdwStreamError {
  return new AdwStreamError('invalid_event', text);
}

/** The body as fields. @throws AdwStreamError invalid_body */
export function fieldsOf(body: unknown): Fields {
  if (isRecord(body)) return body;
  throw new AdwStreamError('invalid_body', 'The body must be a JSON object.');
}

/** What Python takes for missing: absent, null, empty, false, 0. */
export function isMissing(value: unknown): boolean {
  if (isRecord(value)) return Object.keys(value).length === 0;
  return !value || (Array.isArray(value) && value.length === 0);
}

/** A value where it is a text. */
export function textOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** JSON of a value; JSON.parse takes what is nested too deeply for it to be written again. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return Array.isArray(value) ? '[…]' : '{…}';
  }
}

/** A value as Python prints it inside its texts. Total, unlike String(), which asks an object for its toString. */
export function pythonText(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' ? value : jsonOf(value);
}
