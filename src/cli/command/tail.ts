import { systemClock } from '../../base/clock.ts';
import type { NewEvent } from '../../event/schema.ts';
import { checkArgument, chooseAdw } from '../argument.ts';
import type { Context } from '../context.ts';
import { createEventFilter } from '../output/event-filter.ts';
import { eventPrinter } from '../output/event-printer.ts';
import { openSource } from '../source.ts';

/** Lines of the past when nothing else is asked for. */
const LINES = 20;

/** `adw-stream tail <adw_id>`: the log of an ADW, from disk or from a server, without delivering anything. */
export async function run(context: Context): Promise<number> {
  const { io, settings, stop, terminal } = context;
  checkArgument(context);
  const filter = createEventFilter(settings, systemClock.now());
  const source = await openSource(context);
  const adwId = await chooseAdw(context, source);
  const printer = eventPrinter(terminal, { stdout: io.stdout, times: settings.timestamps, filter });
  let past: NewEvent[] | undefined = [];
  const lines = settings.lines ?? (settings.follow ? LINES : Number.POSITIVE_INFINITY);
  await source.events(adwId, {
    follow: settings.follow,
    onEvents(events) {
      if (past === undefined) printer.print(events);
      else past.push(...events.filter(({ type }) => type !== 'agent_output_chunk' || settings.type.includes(type)));
    },
    onCaughtUp() {
      printer.printLast(inOrderOfTime(past ?? []), lines);
      past = undefined;
    },
  });
  return stop.wasInterrupted() && !settings.follow ? stop.exitCode() : 0;
}

/** Files are read one after the other; a person wants to read what happened in the order in which it did. */
function inOrderOfTime(events: readonly NewEvent[]): NewEvent[] {
  let last = 0;
  const timed = events.map(event => {
    const ms = Date.parse(event.data.timestamp ?? '');
    last = Number.isNaN(ms) ? last : ms;
    return { event, ms: last };
  });
  return timed.toSorted((a, b) => a.ms - b.ms).map(({ event }) => event);
}
