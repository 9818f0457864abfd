import { fieldsOf, numberOf, textOf } from '../../adw/read.ts';
import { isErrorLevel } from '../../event/types.ts';
import { ADW } from '../names.ts';
import type { Attributes, SpanEvent } from '../span.ts';
import type { SpanStep } from './world.ts';

/** Entries that are told whatever their level is. */
const TOLD: ReadonlySet<string> = new Set([
  'api_retry',
  'rate_limit_event',
  'hook_started',
  'hook_response',
  'compact_boundary',
  'permission_denied',
  'model_refusal_fallback',
  'conversation_reset',
]);
/** Members of what an entry waits for, or tells in detail, that are no content. */
const MEMBERS = [
  'for',
  'attempt',
  'attempts_max',
  'delay_ms',
  'hook_event',
  'outcome',
  'exit_code',
  'tool_name',
] as const;
const COMPACTION = ['trigger', 'pre_tokens', 'post_tokens', 'duration_ms'] as const;

/** A log entry as an event of the span that it falls into: retries, hooks, compactions, warnings and errors. Else undefined. */
export function eventOfLog({ data, ms, id }: SpanStep, content: boolean): SpanEvent | undefined {
  const kind = textOf(data.event_type, 80);
  const level = textOf(data.level, 20) ?? 'INFO';
  const isGrave = isErrorLevel(level) || /^warn/i.test(level);
  if (ms === null || !(isGrave || (kind !== null && TOLD.has(kind)))) return undefined;
  const attributes: Attributes = { [ADW.eventId]: id, [ADW.level]: level };
  const details = fieldsOf(data.details);
  const members = { ...details, ...fieldsOf(data.waiting) };
  const compaction = fieldsOf(details.compact_metadata ?? details.compactMetadata);
  for (const name of MEMBERS) put(attributes, `adw.log.${name}`, members[name]);
  for (const name of COMPACTION) put(attributes, `adw.log.${name}`, compaction[name]);
  if (content) put(attributes, ADW.message, data.message);
  return { name: kind ?? 'log', ms, attributes };
}

function put(attributes: Attributes, name: string, value: unknown): void {
  const told = numberOf(value) ?? textOf(value, 2_000);
  if (told !== null) attributes[name] = told;
}
