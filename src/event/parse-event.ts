import { dataSchemaOf, type NewEvent } from './schema.ts';
import { isEventType } from './types.ts';

/** What {@link parseEvent} answers: the event, or where it is wrong and how. */
export type ParsedEvent =
  | { readonly ok: true; readonly event: NewEvent }
  | { readonly ok: false; readonly path: string; readonly error: string };

/** Validates one `{type, data}` from outside. Total: whatever comes in gives an answer, nothing throws. */
export function parseEvent(input: unknown): ParsedEvent {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return { ok: false, path: '', error: 'an event is an object {type, data}' };
  }
  const { type, data } = input as { type?: unknown; data?: unknown };
  if (!isEventType(type)) {
    // Whatever else it is may be too large, or nested too deeply, to be quoted.
    const shown = typeof type === 'string' ? JSON.stringify(type.slice(0, 80)) : `of type ${typeof type}`;
    return { ok: false, path: 'type', error: `unknown event type ${shown}` };
  }
  const parsed = dataSchemaOf(type).safeParse(data);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return { ok: false, path: ['data', ...(issue?.path ?? [])].join('.'), error: issue?.message ?? 'invalid' };
  }
  return { ok: true, event: { type, data: parsed.data } as NewEvent };
}
