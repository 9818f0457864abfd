import { ownText } from '../../adw/own-text.ts';
import type { Phase } from '../../adw/phase.ts';
import { BoundedMap } from '../../base/bounded-map.ts';
import { isoTime } from '../../base/clock.ts';
import { lineEventId } from '../../event/id.ts';
import { PREVIEW_CHARS_MAX } from '../../event/limits.ts';
import type { DataOf, EventData, NewEvent } from '../../event/schema.ts';
import type { EventType } from '../../event/types.ts';
import type { EventTime, Generation, Line } from '../flow.ts';
import { cutOf, firstChars } from './preview.ts';

/** Names without the index signature that loose schemas have. */
type Known<T> = { [Key in keyof T as string extends Key ? never : Key]: T[Key] };
/** What an event's maker gives: the fields of its type; the common ones are set here. */
export type OwnFields<Type extends EventType> = Omit<Known<DataOf<Type>>, 'adw_id'> & Readonly<Record<string, unknown>>;

/** How grave an `agent_log` is. */
export type LogLevel = 'DEBUG' | 'INFO' | 'SUCCESS' | 'WARNING' | 'ERROR';

/** What a line says about the session it belongs to. */
export interface LineScope {
  readonly sessionId: string | undefined;
  readonly parentToolUseId: string | undefined;
  readonly model: string | undefined;
  /** The program that wrote the line, where it is not Claude Code; the parser says it for every format. */
  readonly agent?: string | undefined;
  /** The attempt that the line belongs to, where it is not its file's own. */
  readonly attempt?: number | undefined;
}

/** When something was said, and where: the common fields of an event that say so. */
export type Place = Pick<EventData, 'timestamp' | 'timing' | 'source'>;

/** Gathers the events of one line and gives each its id and the common fields. */
export interface LineEvents {
  readonly time: EventTime;
  /** When and where events are said to be. */
  readonly place: Place;
  readonly scope: LineScope;
  /** Characters that an event keeps of what a block says. */
  readonly textCharsMax: number;
  add<Type extends EventType>(type: Type, fields: OwnFields<Type>): void;
  /** Adds an `agent_log`. A message that was there before gets a count, since readers drop what looks repeated. */
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Everything added so far, in order. */
  readonly events: readonly NewEvent[];
}

/** What the events of one line have in common. */
export interface LineOrigin {
  readonly generation: Generation;
  readonly phase: Phase | undefined;
  readonly line: Line;
  readonly time: EventTime;
  readonly scope: LineScope;
  /** How often each message was logged before in this generation. */
  readonly repeats: RepeatCounter;
  /** Characters that an event keeps of what a block says; those of a preview when absent. */
  readonly textCharsMax?: number;
}

/** {@link LineEvents} for the parser, which tells where one record of a line ends and the next begins. */
export interface CollectedEvents extends LineEvents {
  /** What is added from now on belongs to the line's next record. */
  next(time: EventTime, scope: LineScope): void;
}

/** The same events, said to be of another time or place: what a line tells of what was before it. */
export function placed(events: LineEvents, place: Partial<Place>): LineEvents {
  return { ...events, add: (type, fields) => events.add(type, { ...fields, ...place }) };
}

/** The same events, said to be of a message: where what it used comes after what it says. @param id as the lines have it */
export function ofMessage(events: LineEvents, id: string | undefined): LineEvents {
  if (id === undefined) return events;
  return { ...events, add: (type, fields) => events.add(type, { ...fields, message_id: firstChars(id, 128) }) };
}

/** Starts gathering the events of one line. */
export function collectLineEvents(origin: LineOrigin): CollectedEvents {
  const { generation, line, textCharsMax = PREVIEW_CHARS_MAX } = origin;
  let { time, scope } = origin;
  const events: NewEvent[] = [];
  const ordinals = new Map<EventType, number>();
  // Most lines of some programs have no events.
  let known: ReturnType<typeof commonFields> | undefined;
  const common = () => {
    known ??= commonFields({ ...origin, time, scope });
    return known;
  };

  const add = <Type extends EventType>(type: Type, fields: OwnFields<Type>): void => {
    const block = ordinals.get(type) ?? 0;
    ordinals.set(type, block + 1);
    const { adwId, path, fingerprint } = generation;
    const eventId = lineEventId({ adwId, path, fingerprint, offset: line.offset, block, type });
    // The fields of a type are checked where it is added; the union cannot be rebuilt from a type parameter.
    events.push({ type, data: dataOf(common(), eventId, fields) } as NewEvent);
  };
  const log = (level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    const nth = origin.repeats.count(message);
    add('agent_log', {
      message: nth > 1 ? `${firstChars(message, textCharsMax)} (${nth})` : firstChars(message, textCharsMax),
      level,
      current_step: stepOf(generation),
      ...cutOf(message, textCharsMax),
      ...fields,
    });
  };
  return {
    get time() {
      return time;
    },
    get scope() {
      return scope;
    },
    get place() {
      const { timestamp, timing, source } = common();
      return { timestamp, timing, source };
    },
    textCharsMax,
    events,
    add,
    log,
    next(ofNext, scopeOfNext) {
      time = ofNext;
      scope = scopeOfNext;
      known = undefined;
    },
  };
}

function commonFields({ generation, phase, line, time, scope }: LineOrigin) {
  return {
    adw_id: generation.adwId,
    timestamp: isoTime(time.ms),
    timing: time.timing,
    agent_role: generation.role,
    phase: phase ?? null,
    attempt: scope.attempt ?? generation.attempt,
    session_id: scope.sessionId ?? null,
    parent_tool_use_id: scope.parentToolUseId ?? null,
    model: scope.model ?? null,
    agent: scope.agent,
    source: {
      path: generation.path,
      fingerprint: generation.fingerprint,
      line: line.number,
      offset: line.offset,
      length: line.length,
    },
  };
}

/** Named one by one: two objects spread into one, with a name that both have, takes V8 a hundred times as long. */
function dataOf(common: ReturnType<typeof commonFields>, eventId: string, fields: Readonly<Record<string, unknown>>) {
  return {
    adw_id: common.adw_id,
    event_id: eventId,
    timestamp: common.timestamp,
    timing: common.timing,
    agent_role: common.agent_role,
    phase: common.phase,
    attempt: common.attempt,
    session_id: common.session_id,
    parent_tool_use_id: common.parent_tool_use_id,
    model: common.model,
    agent: common.agent,
    source: common.source,
    ...fields,
  };
}

/** Tells equal messages of different roles and attempts apart. */
function stepOf({ role, attempt }: Generation): string {
  return attempt > 1 ? `${role} (attempt ${attempt})` : role;
}

/** Messages remembered by a {@link RepeatCounter}; the oldest are forgotten, so that a huge file cannot fill memory. */
const MESSAGES_MAX = 512;
/** Characters by which they are told apart. */
const KEY_CHARS_MAX = 300;

/** Counts how often a message has been seen. */
export interface RepeatCounter {
  /** 1 for the first time. */
  count(message: string): number;
}

/** A counter that remembers the last {@link MESSAGES_MAX} distinct messages. */
export function createRepeatCounter(): RepeatCounter {
  const seen = new BoundedMap<string, number>(MESSAGES_MAX);
  return {
    count(message) {
      const key = ownText(firstChars(message, KEY_CHARS_MAX));
      const nth = (seen.get(key) ?? 0) + 1;
      seen.delete(key);
      seen.set(key, nth);
      return nth;
    },
  };
}
