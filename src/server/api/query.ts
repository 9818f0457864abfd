import { z } from 'zod';
import { AdwStreamError } from '../../base/errors.ts';
import { PAGE_CHARS_MAX, PAGE_EVENTS_DEFAULT, PAGE_EVENTS_MAX } from '../../event/limits.ts';
import { type EventType, isEventType } from '../../event/types.ts';
import type { ReadQuery } from '../store/store.ts';

/** A seq in a query: decimal digits and nothing else. An empty value is an absent one. */
const seqParameter = z
  .string()
  .regex(/^\d{0,15}$/, 'must be a whole number of at most 15 digits')
  .optional();

/** The query of `GET /api/v1/adws/:id/events`. */
export const eventsQuerySchema = z.object({
  after: seqParameter.describe('Exclusive: events with a greater seq, the oldest of them first.'),
  before: seqParameter.describe('Exclusive: events with a smaller seq; without `after`, the newest of them.'),
  limit: z
    .string()
    .regex(/^\d{0,4}$/, `must be a number from 1 to ${PAGE_EVENTS_MAX}`)
    .optional()
    .describe(`Events in the page, 1 to ${PAGE_EVENTS_MAX}; ${PAGE_EVENTS_DEFAULT} when absent.`),
  type: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('Event types, separated by commas or given several times.'),
  role: z.string().max(256).optional().describe('Events of one role.'),
  q: z.string().max(500).optional().describe('Words that all occur in the text of the event.'),
  as_typed: z
    .enum(['true', 'false', ''])
    .optional()
    .describe('`true`: `q` is still being typed, and its last word may be the beginning of one.'),
});

/** The query of `GET /api/v1/adws/:id/newest`. */
export const newestQuerySchema = eventsQuerySchema.pick({ limit: true, type: true });

/** The query of `GET /api/v1/adws/:id`. */
export const summaryQuerySchema = z.object({
  at: seqParameter.describe('How it stood after the event with this seq; as it stands now when absent.'),
});

/** A page as asked for, one event longer, so that the answer knows whether there are more. */
export interface PageQuery {
  readonly read: ReadQuery;
  readonly limit: number;
  /** The page was read from its end. */
  readonly backwards: boolean;
}

/** Reads the query of an events page. @throws AdwStreamError invalid_query naming the parameter */
export function parsePageQuery(adwId: string, query: unknown): PageQuery {
  const { after, before, limit, type, role, q, as_typed } = parseQuery(eventsQuerySchema, query);
  const count = limit === undefined || limit === '' ? PAGE_EVENTS_DEFAULT : Number(limit);
  if (count < 1 || count > PAGE_EVENTS_MAX)
    throw invalidQuery('limit', `must be a number from 1 to ${PAGE_EVENTS_MAX}`);
  const types = typesOf(type);
  const backwards = !after && !!before;
  const read: ReadQuery = {
    adwId,
    limit: count + 1,
    charsMax: PAGE_CHARS_MAX,
    order: backwards ? 'desc' : 'asc',
    ...(after ? { after: Number(after) } : {}),
    ...(before ? { before: Number(before) } : {}),
    ...(types.length > 0 ? { types } : {}),
    ...(role ? { role } : {}),
    ...(q?.trim() ? { q } : {}),
    ...(as_typed === 'true' ? { asTyped: true } : {}),
  };
  return { read, limit: count, backwards };
}

/** Validates a query with its schema. @throws AdwStreamError invalid_query naming the parameter */
export function parseQuery<Schema extends z.ZodType>(schema: Schema, query: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(query ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalidQuery(String(issue?.path[0] ?? ''), issue?.message ?? 'is invalid');
}

function typesOf(type: string | string[] | undefined): EventType[] {
  const names = [type ?? []].flat().flatMap(part => part.split(','));
  return names
    .filter(name => name !== '')
    .map(name => {
      if (isEventType(name)) return name;
      throw invalidQuery('type', `names no event type: ${JSON.stringify(name.slice(0, 64))}`);
    });
}

function invalidQuery(parameter: string, text: string): AdwStreamError {
  return new AdwStreamError('invalid_query', `The parameter ${parameter} ${text}.`, { details: { parameter } });
}
