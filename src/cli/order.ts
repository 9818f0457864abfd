import { workflowRank } from '../adw/phase.ts';
import type { NewEvent } from '../event/schema.ts';

/** Streams whose guessed ends lie closer together were not written one after the other: a checkout or a copy wrote them. ms */
const COPIED_MS = 5_000;

/**
 * Files are read one after the other; a person wants to read what happened in the order in which it did: by time, or,
 * where file times are those of a checkout or a copy, role by role as workflows run them.
 */
export function inOrder(events: readonly NewEvent[]): NewEvent[] {
  return isOfCopy(events) ? inOrderOfWork(events) : inOrderOfTime(events);
}

/** An event without a time stays behind the one that it followed. */
function inOrderOfTime(events: readonly NewEvent[]): NewEvent[] {
  let last = Number.NEGATIVE_INFINITY;
  const timed = events.map(event => {
    const ms = Date.parse(event.data.timestamp ?? '');
    last = Number.isNaN(ms) ? last : ms;
    return { event, ms: last };
  });
  return timed.toSorted((a, b) => a.ms - b.ms).map(({ event }) => event);
}

/** Whether nobody saw any stream being written, and all seem to have ended together. */
function isOfCopy(events: readonly NewEvent[]): boolean {
  const ends = new Map<string, number>();
  for (const event of events) {
    const { timing, timestamp, source } = event.data;
    if (timing === undefined || source === undefined || !isOfStream(event)) continue;
    if (timing !== 'estimated' && timing !== 'unknown') return false;
    ends.set(source.path, Math.max(ends.get(source.path) ?? 0, Date.parse(timestamp ?? '') || 0));
  }
  return ends.size > 0 && Math.max(...ends.values()) - Math.min(...ends.values()) < COPIED_MS;
}

function inOrderOfWork(events: readonly NewEvent[]): NewEvent[] {
  return events
    .map(event => ({ event, place: placeOf(event) }))
    .toSorted((a, b) => a.place.role - b.place.role || byName(a.event, b.event) || a.place.step - b.place.step)
    .map(({ event }) => event);
}

/** Roles of one rank stay apart. */
function byName(a: NewEvent, b: NewEvent): number {
  const [one, other] = [a.data.agent_role ?? '', b.data.agent_role ?? ''];
  return one < other ? -1 : one > other ? 1 : 0;
}

/** What a workflow tells of itself, then its roles; of each what it was given, what it did, and what it left. */
function placeOf(event: NewEvent): { readonly role: number; readonly step: number } {
  const { type, data } = event;
  if (isOfWorkflow(event)) return { role: -1, step: 0 };
  // A plan belongs to no role; it was there before anybody built by it.
  if (type === 'spec_created') return { role: workflowRank('pr_creator'), step: 0 };
  const isLeft = type === 'screenshot_available' || type === 'artifact';
  return { role: workflowRank(data.agent_role ?? ''), step: isOfStream(event) ? 1 : isLeft ? 2 : 0 };
}

/** Whether the event is of a line that an agent wrote. */
function isOfStream(event: NewEvent): boolean {
  return event.data.source?.fingerprint !== undefined && !isOfWorkflow(event);
}

/** Whether the event is a line of a workflow's own log, which has its times written in it. */
function isOfWorkflow({ type, data }: NewEvent): boolean {
  return type === 'workflow_log' || (type === 'agent_log' && data.event_type === 'execution_log');
}
