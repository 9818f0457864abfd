import type { NewEvent } from '../../event/schema.ts';
import type { OutputStream } from '../io.ts';
import { createEventLines } from './event-lines.ts';
import type { Terminal } from './terminal.ts';

/** Prints events to stdout in the terminal's form: a record each for programs, lines for people. */
export function eventPrinter(
  terminal: Terminal,
  { stdout, times }: { readonly stdout: OutputStream; readonly times: boolean },
): (events: readonly NewEvent[]) => void {
  if (terminal.form === 'ndjson') {
    return events => {
      for (const event of events) terminal.printJson(event);
    };
  }
  const { form, paint } = terminal;
  const widthNow = () => (form === 'pretty' ? (stdout.columns ?? 100) : Number.POSITIVE_INFINITY);
  const lines = createEventLines({
    paint,
    width: widthNow(),
    detail: form === 'minimal' ? 'minimal' : 'full',
    times,
  });
  return events => {
    lines.resize(widthNow());
    const text = events.flatMap(event => lines.lines(event));
    if (text.length > 0) terminal.print(text.join('\n'));
  };
}
