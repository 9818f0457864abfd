import { applyEvent, initialState } from '../../adw/fold.ts';
import { judge } from '../../adw/judgement.ts';
import { isEnded } from '../../adw/run-state.ts';
import type { JudgementLimits } from '../../adw/silence.ts';
import type { AdwState } from '../../adw/state.ts';
import { isoTime, systemClock } from '../../base/clock.ts';
import type { NewEvent } from '../../event/schema.ts';
import { checkArgument, chooseAdw } from '../argument.ts';
import type { Context } from '../context.ts';
import { limitsOf } from '../judgement-limits.ts';
import { inOrder } from '../order.ts';
import { createEventFilter } from '../output/event-filter.ts';
import { eventPrinter } from '../output/event-printer.ts';
import { PAST_LINES } from '../past.ts';
import { openSource } from '../source.ts';

/** `adw-stream tail <adw_id>`: the events of an ADW, from disk or from a server, without delivering anything. */
export async function run(context: Context): Promise<number> {
  const { settings, stop, terminal } = context;
  await checkArgument(context);
  const filter = createEventFilter(settings, systemClock.now());
  const source = await openSource(context);
  const adwId = await chooseAdw(context, source);
  const printer = eventPrinter(terminal, { times: settings.timestamps, filter });
  let past: NewEvent[] | undefined = [];
  const state = initialState(adwId);
  const lines = settings.lines ?? (settings.follow ? PAST_LINES : Number.POSITIVE_INFINITY);
  await source.events(adwId, {
    follow: settings.follow,
    onEvents(events) {
      if (past === undefined) return printer.print(events);
      for (const { type, data } of events) applyEvent(state, { type, data, seq: state.lastSeq + 1 });
      past.push(...events.filter(({ type }) => type !== 'agent_output_chunk' || settings.type.includes(type)));
    },
    onCaughtUp() {
      // A server's log says itself how the run ended, and programs ask for it.
      const isAsked = source.places !== undefined && terminal.form !== 'ndjson';
      printer.printLast([...inOrder(past ?? []), ...(isAsked ? endOf(state, limitsOf(settings)) : [])], lines);
      past = undefined;
    },
  });
  return stop.exitCode();
}

/** How the run ended, where it has: files that were copied do not tell which of their lines was the last. */
function endOf(state: AdwState, limits: JudgementLimits): NewEvent[] {
  const { state: status, reason: why, sinceMs } = judge(state, { nowMs: systemClock.now(), ...limits });
  if (!isEnded(status)) return [];
  const time = sinceMs === null ? {} : { timestamp: isoTime(sinceMs) };
  return [{ type: 'adw_status', data: { adw_id: state.adwId, ...time, status, why } }];
}
