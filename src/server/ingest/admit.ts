import { type IdFormat, isAdwId, requireAdwId } from '../../adw/id.ts';
import { type Clock, isoTime } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { columnsOf } from '../../event/columns.ts';
import { holdsMoreValues } from '../../event/json-size.ts';
import { EVENT_VALUES_MAX } from '../../event/limits.ts';
import { parseEvent } from '../../event/parse-event.ts';
import type { EventData, NewEvent, Timing } from '../../event/schema.ts';
import { searchTextOf } from '../../event/search-text.ts';
import { parseIsoTime } from '../../event/timestamp.ts';
import type { AppendEvent } from '../store/store.ts';
import { OVERFULL } from './body.ts';
import { impossibleRangeIn } from './claimed-range.ts';
import { openEventIds } from './event-id.ts';
import { EventText, type Written } from './event-text.ts';

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
export function admit(input: unknown, options: AdmitOptions): Admitted | Refused {
  if (input === OVERFULL) return overfull();
  const parsed = parseEvent(input);
  if (!parsed.ok) return { ok: false, error: parsed.path === '' ? parsed.error : `${parsed.path}: ${parsed.error}` };
  // No other code holds what the validation made.
  return admitParsed(parsed.event, options, given => complete(input, parsed.event.data, given));
}

/**
 * The same for an event that was made in this process by its type: its schema is not checked again, everything else is.
 * What is stored is `data` itself where nothing is missing in it, so that only one object of it lives.
 */
export function admitOwn(event: NewEvent, options: AdmitOptions): Admitted | Refused {
  const admitted = admitParsed(event, options, ({ event_id, timestamp, timing }) => {
    const { data } = event;
    const isWhole = data.event_id !== undefined && data.timestamp === timestamp && data.timing === timing;
    return serialized(isWhole ? data : { ...data, event_id, timestamp, ...(timing && { timing }) });
  });
  return admitted.ok && holdsMoreValues(admitted.append.dataJson, EVENT_VALUES_MAX) ? overfull() : admitted;
}

function overfull(): Refused {
  return { ok: false, error: `holds more than ${EVENT_VALUES_MAX} keys and values` };
}

/** What the log keeps of an event, and its text. */
interface Completed extends Written {
  readonly data: EventData;
}

function admitParsed(
  event: NewEvent,
  { idFormat, clock }: AdmitOptions,
  completeWith: (given: Given) => Completed | undefined,
): Admitted | Refused {
  const { type, data } = event;
  if (!isAdwId(data.adw_id, idFormat)) return { ok: false, error: adwIdError(data.adw_id, idFormat) };
  const unstorable = unstorableIn(data) ?? (isChunk(event) ? impossibleRangeIn(event.data) : undefined);
  if (unstorable !== undefined) return { ok: false, error: unstorable };
  const now = clock.now();
  const time = timeOf(data.timestamp, now);
  if (time === undefined) return { ok: false, error: `data.timestamp: not a time: ${JSON.stringify(data.timestamp)}` };
  const isIdNew = data.event_id === undefined;
  const eventId = data.event_id ?? newEventId(now);
  const timing = data.timing ?? timingOf(data.timestamp);
  const written = completeWith({ event_id: eventId, timestamp: time.text, timing });
  if (written === undefined) return { ok: false, error: 'data: nested too deeply' };
  return {
    ok: true,
    event,
    append: {
      type,
      adwId: data.adw_id,
      eventId,
      isIdNew,
      timeMs: time.ms,
      ...columnsOf(type, data),
      text: searchTextOf(type, data),
      dataJson: written.text,
      dataBytes: written.bytes,
      data: written.data,
    },
  };
}

function isChunk(event: NewEvent): event is NewEvent<'agent_output_chunk'> {
  return event.type === 'agent_output_chunk';
}

/** The fields that every stored event has. */
interface Given {
  readonly event_id: string;
  readonly timestamp: string;
  readonly timing: Timing | undefined;
}

/** An event that came without a time was seen at the time it is given. */
function timingOf(timestamp: string | undefined): Timing | undefined {
  return timestamp === undefined ? 'observed' : undefined;
}

/** Completes `data` with what was given to it. Answers undefined when it cannot be written. */
function complete(input: unknown, data: EventData, { event_id, timestamp, timing }: Given): Completed | undefined {
  const { event_id: oldId, timestamp: oldTimestamp, timing: oldTiming } = data;
  // A copy with other fields would be three times as slow to read.
  const own = data as { -readonly [Field in keyof EventData]: EventData[Field] };
  own.event_id = event_id;
  own.timestamp = timestamp;
  if (timing !== undefined) own.timing = timing;
  if (input instanceof EventText && (oldTimestamp === undefined || oldTimestamp === timestamp)) {
    let missing = '';
    if (oldId === undefined) missing += `,"event_id":"${event_id}"`;
    if (oldTimestamp === undefined) missing += `,"timestamp":"${timestamp}"`;
    if (oldTiming === undefined && timing !== undefined) missing += `,"timing":"${timing}"`;
    const written = input.with(missing);
    if (written !== undefined) return { ...written, data };
  }
  return serialized(own);
}

function serialized(data: EventData): Completed | undefined {
  try {
    const text = JSON.stringify(data);
    return { text, bytes: Buffer.byteLength(text), data };
  } catch {
    // What JSON.parse builds without recursion, JSON.stringify cannot walk when it is nested a thousand times too deep.
    return undefined;
  }
}

/** NUL, or half of a surrogate pair. */
const CHANGED_BY_STORES = /[\0\ud800-\udfff]/u;

/**
 * What no store can keep as it is, or undefined. Names are kept as UTF-8 that ends at NUL: two that only differ there
 * would be one, and the second event a duplicate of the first. Beyond 2^53 a position is not the number that was sent.
 */
function unstorableIn({ event_id, source }: EventData): string | undefined {
  const field = isChanged(event_id)
    ? 'event_id'
    : isChanged(source?.path)
      ? 'source.path'
      : isChanged(source?.fingerprint)
        ? 'source.fingerprint'
        : undefined;
  if (field !== undefined) return `data.${field}: holds NUL or half a surrogate pair`;
  if (Number.isSafeInteger((source?.offset ?? 0) + (source?.length ?? 0))) return undefined;
  return 'data.source: ends beyond 2^53 bytes';
}

function isChanged(name: string | undefined): boolean {
  return name !== undefined && CHANGED_BY_STORES.test(name);
}

function adwIdError(adwId: string, idFormat: IdFormat): string {
  try {
    return requireAdwId(adwId, idFormat);
  } catch (error) {
    return `data.adw_id: ${messageOf(error)}`;
  }
}

/**
 * A timestamp as the wire wants it: UTC with `Z`. One that has it stays as written, to the microsecond; one of another
 * zone, or of none (then it is this machine's), is converted; a missing one is now.
 */
function timeOf(
  timestamp: string | undefined,
  now: number,
): { readonly ms: number; readonly text: string } | undefined {
  if (timestamp === undefined) return { ms: now, text: isoTime(now) };
  const parsed = parseIsoTime(timestamp);
  return parsed && { ms: parsed.ms, text: parsed.isWire ? timestamp : isoTime(parsed.ms) };
}
