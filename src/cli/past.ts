import type { NewEvent } from '../event/schema.ts';
import { inOrder } from './order.ts';
import type { EventPrinter } from './output/event-printer.ts';
import type { OutputForm } from './output/terminal.ts';

/** Lines of the past that a person sees when they do not say how many. */
export const PAST_LINES = 20;

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
}

/** Makes a {@link Past}. For programs (`ndjson`) there is none: they get every event as it comes. */
export function createPast({ printer, form, lines, startedMs }: PastOptions): Past {
  const count = lines ?? (form === 'pretty' ? PAST_LINES : Number.POSITIVE_INFINITY);
  let kept: NewEvent[] | undefined = form === 'ndjson' ? undefined : [];
  const keep = (events: readonly NewEvent[]): void => {
    kept?.push(...events.filter(({ type }) => type !== 'agent_output_chunk'));
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
      if (events !== undefined) printer.printLast(inOrder(events), count);
    },
  };
}
