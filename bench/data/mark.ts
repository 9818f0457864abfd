/**
 * What every published event carries: its publisher, its number there, and when (µs of the clock that all processes
 * share). Of fixed width, so that a subscriber finds it in the bytes of a frame without parsing the frame.
 */
const BEGIN = 'bench=';
const LENGTH = 2 + 1 + 10 + 1 + 14;

export const MARK_BEGIN = Buffer.from(BEGIN);
export const MARK_LENGTH = BEGIN.length + LENGTH;

/** The mark, to be put into a string. */
export function markOf(publisher: number, number: number): string {
  const sent = Math.floor(monotonicMicros());
  return `${BEGIN}${pad(publisher, 2)}.${pad(number, 10)}.${pad(sent, 14)}`;
}

/** µs of the monotonic clock. */
export function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** Reads a mark whose BEGIN lies at `at`. */
export function readMark(bytes: Buffer, at: number): { publisher: number; number: number; sent: number } {
  const begin = at + BEGIN.length;
  return {
    publisher: digits(bytes, begin, 2),
    number: digits(bytes, begin + 3, 10),
    sent: digits(bytes, begin + 14, 14),
  };
}

function digits(bytes: Buffer, at: number, count: number): number {
  let value = 0;
  for (let index = at; index < at + count; index++) value = value * 10 + (bytes[index] as number) - 48;
  return value;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
