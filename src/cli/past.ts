import type { NewEvent } from '../event/schema.ts';
import { inOrder } from './order.ts';
import type { EventPrinter } from './output/event-printer.ts';
import type { OutputForm } from './output/terminal.ts';

/** Lines of the past that a person sees when they do not say how many. */
export const PAST_LINES = 20;

/** Events of one file that are kept of the past. Prevents a long log from filling memory before any of it is printed. */
const PAST_EVENTS_MAX = 2_000;
/** The same for each line that was asked for: not every event is one. */
const PAST_EVENTS_PER_LINE = 4;

/** Sorts what was there before from what happens now. */
export interface Past {
  /** Events to show: old ones are kept until {@link tell}, new ones printed at once. */
  show(events: readonly NewEvent[]): void;
  /** Events to keep in mind as the past. */
  keep(events: readonly NewEvent[]): void;
  /** Everything that was there has come: prints the last lines of it, once, in order. */
  tell(): void;
}

/** What {@link createPast} takes. */
export interface PastOptions {
  readonly printer: EventPrinter;
  readonly form: OutputForm;
  /** How many lines to print; absent: {@link PAST_LINES} on a terminal, all where a pipe keeps them. */
  readonly lines: number | undefined;
  /** What happened before is the past, ms since the Unix epoch. */
  readonly startedMs: number;
  /** Told of how many of the oldest events were left out, where the user did not ask for fewer. */
  readonly onLeftOut: (events: number) => void;
}

/** Makes a {@link Past}. For programs (`ndjson`) there is none: they get every event as it comes. */
export function createPast({ printer, form, lines, startedMs, onLeftOut }: PastOptions): Past {
  const count = lines ?? (form === 'pretty' ? PAST_LINES : Number.POSITIVE_INFINITY);
  const perFileMax = PAST_EVENTS_MAX + (Number.isFinite(count) ? PAST_EVENTS_PER_LINE * count : 0);
  let kept: NewEvent[] | undefined = form === 'ndjson' ? undefined : [];
  let pruneAt = 2 * perFileMax;
  let leftOut = 0;
  const keep = (events: readonly NewEvent[]): void => {
    if (kept === undefined) return;
    for (const event of events) if (event.type !== 'agent_output_chunk') kept.push(event);
    if (kept.length < pruneAt) return;
    const last = lastOfEach(kept, perFileMax);
    leftOut += kept.length - last.length;
    kept = last;
    pruneAt = Math.max(pruneAt, 2 * last.length);
  };
  return {
    keep,
    show(events) {
      if (kept === undefined) return printer.print(events);
      const isPast = ({ data }: NewEvent) => Date.parse(data.timestamp ?? '') < startedMs;
      keep(events.filter(isPast));
      printer.print(events.filter(event => !isPast(event)));
    },
    tell() {
      const events = kept;
      kept = undefined;
      if (events === undefined) return;
      if (leftOut > 0 && !Number.isFinite(count)) onLeftOut(leftOut);
      printer.printLast(inOrder(events), count);
    },
  };
}

/** The last `max` events of each file. */
function lastOfEach(events: readonly NewEvent[], max: number): NewEvent[] {
  const counts = new Map<string, number>();
  return events
    .toReversed()
    .filter(({ data }) => {
      const path = data.source?.path ?? '';
      const count = (counts.get(path) ?? 0) + 1;
      counts.set(path, count);
      return count <= max;
    })
    .reverse();
}
