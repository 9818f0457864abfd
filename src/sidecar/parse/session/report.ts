import type { Waiting } from '../../../event/schema.ts';
import { asText, type JsonObject } from '../json.ts';
import type { LineEvents, LogLevel } from '../line-events.ts';
import { bounded, firstChars, firstLine } from '../preview.ts';
import type { Session } from './session.ts';

/** Interprets one line: adds its events, and notes what later lines need of it. */
export type LineReader<Known = Session> = (line: JsonObject, session: Known, events: LineEvents) => void;

/** What a line that only reports something says in an `agent_log`. */
export interface Report {
  readonly message: string;
  /** Where it is not the kind's usual one. */
  readonly level?: LogLevel;
  /** What the agent waits for, where the line says that it cannot go on. */
  readonly waiting?: Omit<Waiting, 'message'>;
}

/** Characters of free text that a report quotes. */
const QUOTE_CHARS_MAX = 300;

/** The first line of a free text; empty where there is none. */
export const quote = (value: unknown): string => firstLine(asText(value) ?? '', QUOTE_CHARS_MAX);

/** The first of several texts that says something. */
export const quoteFirst = (...values: readonly unknown[]): string => values.map(quote).find(text => text !== '') ?? '';

/** A short value, a name or a number, or what stands for it where it is missing. */
export const word = (value: unknown, otherwise: string): string => {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? firstLine(value, 100) : otherwise;
};

/** `: text`, or nothing where there is no text. */
export const colon = (text: string): string => (text === '' ? '' : `: ${text}`);

/** `1 file`, `2 files`. */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/**
 * A reader for lines that become one `agent_log`.
 * @param tell what it says; a text alone has the kind's level
 * @param kept names of the line's members, or of `line.<member>` objects, that `details` keeps as they are
 */
export function logged(
  level: LogLevel,
  tell: (line: JsonObject, events: LineEvents) => string | Report,
  kept: readonly string[] = [],
): LineReader<unknown> {
  return (line, _session, events) => {
    const told = tell(line, events);
    const report: Report = typeof told === 'string' ? { message: told } : told;
    events.log(report.level ?? level, report.message, {
      event_category: 'system',
      event_type: firstChars(asText(line.subtype) ?? asText(line.type) ?? '', 80) || null,
      ...detailsOf(line, kept),
      ...(report.waiting === undefined
        ? {}
        : { waiting: { ...report.waiting, message: firstChars(report.message, 2 * QUOTE_CHARS_MAX) } }),
    });
  };
}

/** Names of unknown kinds that a session remembers. Prevents a file of invented kinds from filling memory. */
const UNKNOWN_MAX = 200;

/** Names a kind that is not known once for a file: a newer version may write it with every piece of a text. */
export function unknownOnce(name: string, { unknown }: Session, events: LineEvents, what = 'line type'): void {
  const key = `${what} ${firstChars(name, 80)}`;
  if (unknown.has(key)) return;
  if (unknown.size < UNKNOWN_MAX) unknown.add(key);
  unknownKind(name, events, what);
}

/** Names a line of a kind that is not known: it is never dropped in silence. @param what what the kind is one of */
export function unknownKind(name: string, events: LineEvents, what = 'line type'): void {
  const shown = firstChars(name, 80);
  events.log('WARNING', `unknown ${what} "${shown}"`, { event_category: 'system', event_type: shown || null });
}

/** A reader for lines that say no more than that the agent lives: their chunk does, and moves its clock. */
export const livesOn: LineReader<unknown> = () => undefined;

function detailsOf(line: JsonObject, kept: readonly string[]): { details?: unknown } {
  const details = Object.fromEntries(kept.filter(name => line[name] != null).map(name => [name, line[name]]));
  return Object.keys(details).length > 0 ? { details: bounded(details).value } : {};
}
