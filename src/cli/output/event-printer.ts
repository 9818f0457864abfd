import type { NewEvent } from '../../event/schema.ts';
import { jsonLine } from './escape.ts';
import type { EventFilter } from './event-filter.ts';
import { createEventLines } from './event-lines.ts';
import type { Terminal } from './terminal.ts';

/** Prints events to stdout in the terminal's form: a record each for programs, lines for people. */
export interface EventPrinter {
  readonly print: (events: readonly NewEvent[]) => void;
  /** Prints only the last `count` of their lines; what the others tell is kept in mind. */
  printLast(events: readonly NewEvent[], count: number): void;
}

/** What {@link eventPrinter} takes beside the terminal. */
export interface EventPrinterOptions {
  /** Whether each line begins with its time. */
  readonly times: boolean;
  readonly filter?: EventFilter;
}

/** Makes an {@link EventPrinter}. */
export function eventPrinter(terminal: Terminal, { times, filter }: EventPrinterOptions): EventPrinter {
  const { form, paint } = terminal;
  const writer = createEventLines({
    paint,
    width: terminal.width(),
    detail: form === 'minimal' ? 'minimal' : 'full',
    times,
  });
  const linesOf = (event: NewEvent): string[] => {
    // Also one that is not wanted is read: it may be the call that a wanted result belongs to.
    const lines = form === 'ndjson' ? [jsonLine(event)] : writer.lines(event);
    if (filter === undefined) return lines;
    return filter.wants(event) ? lines.filter(line => filter.wantsLine(unpainted(line))) : [];
  };
  const printLast = (events: readonly NewEvent[], count: number): void => {
    writer.resize(terminal.width());
    const lines = events.flatMap(linesOf);
    const wanted = count >= lines.length ? lines : lines.slice(lines.length - count);
    if (wanted.length > 0) terminal.print(wanted.join('\n'));
  };
  return { printLast, print: events => printLast(events, Number.POSITIVE_INFINITY) };
}

function unpainted(line: string): string {
  return line.replaceAll(/\u001b\[\d+m/g, '');
}
