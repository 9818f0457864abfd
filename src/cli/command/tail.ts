import { systemClock } from '../../base/clock.ts';
import type { NewEvent } from '../../event/schema.ts';
import { checkArgument, chooseAdw } from '../argument.ts';
import type { Context } from '../context.ts';
import { inOrder } from '../order.ts';
import { createEventFilter } from '../output/event-filter.ts';
import { eventPrinter } from '../output/event-printer.ts';
import { PAST_LINES } from '../past.ts';
import { openSource } from '../source.ts';

/** `adw-stream tail <adw_id>`: the log of an ADW, from disk or from a server, without delivering anything. */
export async function run(context: Context): Promise<number> {
  const { settings, stop, terminal } = context;
  await checkArgument(context);
  const filter = createEventFilter(settings, systemClock.now());
  const source = await openSource(context);
  const adwId = await chooseAdw(context, source);
  const printer = eventPrinter(terminal, { times: settings.timestamps, filter });
  let past: NewEvent[] | undefined = [];
  const lines = settings.lines ?? (settings.follow ? PAST_LINES : Number.POSITIVE_INFINITY);
  await source.events(adwId, {
    follow: settings.follow,
    onEvents(events) {
      if (past === undefined) printer.print(events);
      else past.push(...events.filter(({ type }) => type !== 'agent_output_chunk' || settings.type.includes(type)));
    },
    onCaughtUp() {
      printer.printLast(inOrder(past ?? []), lines);
      past = undefined;
    },
  });
  return stop.exitCode();
}
