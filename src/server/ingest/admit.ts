import { type IdFormat, requireAdwId } from '../../adw/id.ts';
import { type Clock, isoTime } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { type NewEvent, parseEvent } from '../../event/schema.ts';
import type { AppendEvent } from '../store/store.ts';
import { derive } from './derive.ts';
import { openEventIds } from './event-id.ts';

/** An event that may be stored, with what it was made of. */
export interface Admitted {
  readonly ok: true;
  readonly event: NewEvent;
  readonly append: AppendEvent;
}

/** Why an event may not be stored: where it is wrong, and how. */
export interface Refused {
  readonly ok: false;
  readonly error: string;
}

/** What admission needs to know of the server. */
export interface AdmitOptions {
  readonly idFormat: IdFormat;
  readonly clock: Clock;
}

const newEventId = openEventIds();

/** Validates one event from outside and makes it ready to be stored. Total: it answers for any input. */
export function admit(input: unknown, { idFormat, clock }: AdmitOptions): Admitted | Refused {
  const parsed = parseEvent(input);
  if (!parsed.ok) return { ok: false, error: parsed.path === '' ? parsed.error : `${parsed.path}: ${parsed.error}` };
  const { type, data } = parsed.event;
  try {
    requireAdwId(data.adw_id, idFormat);
  } catch (error) {
    return { ok: false, error: `data.adw_id: ${messageOf(error)}` };
  }
  const now = clock.now();
  const time = timeOf(data.timestamp, now);
  if (time === undefined) return { ok: false, error: `data.timestamp: not a time: ${JSON.stringify(data.timestamp)}` };
  const eventId = data.event_id ?? newEventId(now);
  const timing = data.timing ?? (data.timestamp === undefined ? 'observed' : undefined);
  const complete = { ...data, event_id: eventId, timestamp: time.text, ...(timing && { timing }) };
  const event = { type, data: complete } as NewEvent;
  try {
    const dataJson = JSON.stringify(complete);
    const append = { type, adwId: data.adw_id, eventId, timeMs: time.ms, ...derive(event), dataJson };
    return { ok: true, event, append };
  } catch {
    // What JSON.parse builds without recursion, JSON.stringify cannot walk when it is nested a thousand times too deep.
    return { ok: false, error: 'data: nested too deeply' };
  }
}

const UTC = /Z$/;

/**
 * A timestamp as the wire wants it: UTC with `Z`. One that has it stays as written, to the microsecond; one of another
 * zone, or of none (then it is this machine's), is converted; a missing one is now.
 */
function timeOf(
  timestamp: string | undefined,
  now: number,
): { readonly ms: number; readonly text: string } | undefined {
  if (timestamp === undefined) return { ms: now, text: isoTime(now) };
  const ms = Date.parse(timestamp);
  if (Number.isNaN(ms)) return undefined;
  return { ms, text: UTC.test(timestamp) ? timestamp : isoTime(ms) };
}
