import { TOGETHER_MS } from '../adw/last-role.ts';
import { workflowRank } from '../adw/phase.ts';
import type { NewEvent } from '../event/schema.ts';

/**
 * Files are read one after the other; a person wants to read what happened in the order in which it did: by time, but
 * what a checkout or a copy gave one time to, role by role as workflows run them.
 */
export function inOrder(events: readonly NewEvent[]): NewEvent[] {
  const copy = copyIn(events);
  if (copy === undefined) return inOrderOfTime(events);
  const roles = new Set(events.filter(event => isOfStream(event) && copy.has(event)).map(roleOf));
  const isCopied = (event: NewEvent): boolean => {
    if (isOfStream(event)) return copy.has(event);
    // What a copied role was given and left was copied with it, whatever the time of its directory.
    return isGuessed(event) && (roles.has(roleOf(event)) || msOf(event) <= copy.endMs);
  };
  return [...inOrderOfWork(events.filter(isCopied)), ...inOrderOfTime(events.filter(event => !isCopied(event)))];
}

/**
 * An event without a time stays behind the one that it followed, and one of a file behind what stands before it there,
 * whatever the times on its lines.
 */
function inOrderOfTime(events: readonly NewEvent[]): NewEvent[] {
  let last = Number.NEGATIVE_INFINITY;
  const reached = new Map<string, number>();
  const timed = events.map(event => {
    const ms = msOf(event);
    last = Number.isNaN(ms) ? last : ms;
    if (!isOfStream(event)) return { event, ms: last };
    const { path, fingerprint } = event.data.source ?? {};
    const file = `${path}\0${fingerprint}`;
    last = Math.max(last, reached.get(file) ?? last);
    reached.set(file, last);
    return { event, ms: last };
  });
  return timed.toSorted((a, b) => a.ms - b.ms).map(({ event }) => event);
}

/**
 * The streams that were there first and seem to have ended together, though no watch saw any of them being written, and
 * when their copy was complete; undefined where there is no copy. What came later was work.
 */
function copyIn(events: readonly NewEvent[]): { has: (event: NewEvent) => boolean; endMs: number } | undefined {
  const ends = new Map<string, number>();
  const seen = new Set<string>();
  for (const event of events.filter(isOfStream)) {
    const path = event.data.source?.path ?? '';
    if (isGuessed(event)) ends.set(path, Math.max(ends.get(path) ?? 0, msOf(event) || 0));
    else seen.add(path);
  }
  const guessed = [...ends].filter(([path]) => !seen.has(path));
  const endMs = Math.min(...guessed.map(([, ms]) => ms)) + TOGETHER_MS;
  const copied = guessed.filter(([, ms]) => ms < endMs);
  const isCopy = copied.length > 1 || (copied.length === 1 && ends.size + seen.size === 1);
  const paths = new Set(copied.map(([path]) => path));
  return isCopy ? { has: ({ data }) => paths.has(data.source?.path ?? ''), endMs } : undefined;
}

function inOrderOfWork(events: readonly NewEvent[]): NewEvent[] {
  return events
    .map(event => ({ event, place: placeOf(event) }))
    .toSorted((a, b) => a.place.role - b.place.role || byName(a.event, b.event) || a.place.step - b.place.step)
    .map(({ event }) => event);
}

/** Roles of one rank stay apart. */
function byName(a: NewEvent, b: NewEvent): number {
  const [one, other] = [roleOf(a), roleOf(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}

/** What a workflow tells of itself, then its roles; of each what it was given, what it did, and what it left. */
function placeOf(event: NewEvent): { readonly role: number; readonly step: number } {
  const { type } = event;
  if (isOfWorkflow(event)) return { role: -1, step: 0 };
  // A plan belongs to no role; it was there before any role built by it.
  if (type === 'spec_created') return { role: workflowRank('pr_creator'), step: 0 };
  const isLeft = type === 'screenshot_available' || type === 'artifact';
  return { role: workflowRank(roleOf(event)), step: isOfStream(event) ? 1 : isLeft ? 2 : 0 };
}

function roleOf({ data }: NewEvent): string {
  return data.agent_role ?? '';
}

/** Whether the event is of a line that an agent wrote. */
function isOfStream(event: NewEvent): boolean {
  const { fingerprint, path = '' } = event.data.source ?? {};
  // Long entries of a workflow's log become artifacts, which have its path.
  return fingerprint !== undefined && path.includes('.jsonl') && !isOfWorkflow(event);
}

/** Whether the event is a line of a workflow's own log, which has its times written in it. */
function isOfWorkflow({ type, data }: NewEvent): boolean {
  return type === 'workflow_log' || (type === 'agent_log' && data.event_type === 'execution_log');
}

function isGuessed({ data: { timing } }: NewEvent): boolean {
  return timing === 'estimated' || timing === 'unknown';
}

/** NaN where it is not known. */
function msOf({ data }: NewEvent): number {
  return Date.parse(data.timestamp ?? '');
}
