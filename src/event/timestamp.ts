const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)([.,]\d{1,9})?)?(?:(Z)|[+-]\d\d:?\d\d)?)?$/i;

/** A time that was written as ISO 8601 or RFC 3339. */
export interface ParsedTimestamp {
  /** ms since the Unix epoch. */
  readonly ms: number;
  /** Whether it is written as the wire has it, `…T…:…:…Z`, and may stay so. */
  readonly isWire: boolean;
}

/** A time of the wire on a day that every month has, without a leap second. */
const WIRE_ON_ANY_DAY = /^\d{4}-\d\d-(?:[01]\d|2[0-8])T\d\d:\d\d:[0-5]\d(?:\.\d{1,9})?Z$/;
const WIRE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

/**
 * Reads a date and time of ISO 8601; one without a zone is of this machine's. Undefined for anything else: `Date.parse` alone
 * makes a time of `foo 2026 Z`, and March of the 30th of February. The second 60, which clocks write now and then, is the next one.
 */
export function parseIsoTime(text: string): ParsedTimestamp | undefined {
  // As nearly all are written: nothing of it has to be rewritten or looked up, which takes three times as long.
  if (WIRE_ON_ANY_DAY.test(text)) {
    const ms = Date.parse(text);
    return Number.isNaN(ms) ? undefined : { ms, isWire: true };
  }
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, , , second] = match;
  if (Number(day) > daysOf(Number(year), Number(month))) return undefined;
  const isLeap = second === '60';
  const plain = (isLeap ? text.replace(/:60/, ':59') : text).replace(',', '.').replace(' ', 'T').toUpperCase();
  const ms = Date.parse(plain) + (isLeap ? 1_000 : 0);
  return Number.isNaN(ms) ? undefined : { ms, isWire: !isLeap && WIRE.test(text) };
}

/** Days of a month, from 1; 0 for one that there is not. */
function daysOf(year: number, month: number): number {
  return month < 1 || month > 12 ? 0 : new Date(Date.UTC(year, month, 0)).getUTCDate();
}
