import type { EventType } from '../../../src/event/types.ts';
import type { EventLog } from './log.ts';
import type { AnyEvent } from './row-data.ts';
import type { Session } from './session.ts';

const PAGE_EVENTS = 1000;

interface Gathered {
  readonly events: AnyEvent[];
  /** The read that is under way, or the last one. */
  reading: Promise<void>;
}

/** By the log that they are of: one that was started anew has other events. */
const gathered = new WeakMap<EventLog, Map<EventType, Gathered>>();

/**
 * All events of a type with their bodies, in order. Each is read once: a later call reads on where the one before ended. None while the
 * log is being read: what is shown until then is another one, and all of them would be read again for the whole.
 */
export async function allEvents(session: Session, type: EventType): Promise<readonly AnyEvent[]> {
  if (!session.complete.peek()) return [];
  const log = session.log.peek();
  const byType = gathered.get(log) ?? new Map<EventType, Gathered>();
  gathered.set(log, byType);
  const known = byType.get(type) ?? { events: [], reading: Promise.resolve() };
  byType.set(type, known);
  const readOn = async () => {
    for (;;) {
      const page = await session.read({ after: known.events.at(-1)?.seq ?? 0, limit: PAGE_EVENTS, type: [type] });
      if (page.length === 0) return;
      known.events.push(...page);
    }
  };
  known.reading = known.reading.then(readOn, readOn);
  await known.reading;
  return [...known.events];
}
