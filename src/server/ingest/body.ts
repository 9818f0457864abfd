import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { AdwStreamError, systemCode } from '../../base/errors.ts';
import { holdsMoreValues } from '../../event/json-size.ts';
import { BATCH_EVENTS_MAX, BATCH_VALUES_MAX, BODY_BYTES_MAX, EVENT_VALUES_MAX } from '../../event/limits.ts';
import { EventText } from './event-text.ts';

type Unpack = (body: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

/** How bodies may be packed. zstd is there only where Node has it (from 22.15). */
const UNPACK: Readonly<Record<string, Unpack | undefined>> = {
  gzip: promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip),
  zstd:
    'zstdDecompress' in zlib
      ? promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.zstdDecompress as typeof zlib.gunzip)
      : undefined,
};

const NEWLINE = 0x0a;

/** The encodings that {@link unpack} takes, for the answer to one that it does not. */
const ENCODINGS = Object.keys(UNPACK).filter(encoding => UNPACK[encoding] !== undefined);

/**
 * The bytes of a body as its sender meant them.
 * @param encoding the request's `Content-Encoding`
 * @throws AdwStreamError unsupported_media_type, too_large, invalid_body
 */
export async function unpack(body: Buffer, encoding: string | undefined): Promise<Buffer> {
  const name = (encoding ?? 'identity').trim().toLowerCase();
  if (name === 'identity') return body;
  const inflate = Object.hasOwn(UNPACK, name) ? UNPACK[name] : undefined;
  if (inflate === undefined) {
    throw new AdwStreamError('unsupported_media_type', `Content-Encoding may be ${ENCODINGS.join(' or ')}.`);
  }
  try {
    return await inflate(body, { maxOutputLength: BODY_BYTES_MAX });
  } catch (cause) {
    if (systemCode(cause) === 'ERR_BUFFER_TOO_LARGE') {
      throw new AdwStreamError('too_large', `The body unpacks to more than ${BODY_BYTES_MAX} bytes.`, { cause });
    }
    throw new AdwStreamError('invalid_body', `The body is not ${name}.`, { cause });
  }
}

/**
 * The values of NDJSON, one a line; empty lines count for nothing. A line that is no JSON is undefined, which no event is.
 * @throws AdwStreamError too_large
 */
export function parseLines(body: Buffer): unknown[] {
  const values: unknown[] = [];
  // Bytes that are no UTF-8 become a character of three.
  const isExact = isUtf8(body);
  for (let begin = 0; begin < body.length; ) {
    const newline = body.indexOf(NEWLINE, begin);
    const end = newline < 0 ? body.length : newline;
    // Each line is a string of its own: a piece of a string of the whole body would keep all of that in memory.
    const line = body.toString('utf8', begin, end);
    if (line.trim() !== '') {
      values.push(parseLine(line, isExact ? end - begin : Buffer.byteLength(line)));
      requireFew(values);
    }
    begin = end + 1;
  }
  return values;
}

/** The values of a JSON array. @throws AdwStreamError invalid_body, too_large */
export function parseArray(body: Buffer): readonly unknown[] {
  const values = parseJson(body, BATCH_VALUES_MAX);
  if (!Array.isArray(values)) throw new AdwStreamError('invalid_body', 'The body must be a JSON array of events.');
  requireFew(values);
  return values;
}

function requireFew({ length }: readonly unknown[]): void {
  if (length > BATCH_EVENTS_MAX) {
    throw new AdwStreamError('too_large', `The body holds more than ${BATCH_EVENTS_MAX} events.`);
  }
}

/** What stands for a line with more values than an event may have; it is not read. */
export const OVERFULL = Symbol('overfull');

function parseLine(line: string, bytes: number): unknown {
  if (holdsMoreValues(line, EVENT_VALUES_MAX)) return OVERFULL;
  const asWritten = EventText.of(line, bytes);
  if (asWritten !== undefined) return asWritten;
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

/** The value of a JSON body. @throws AdwStreamError invalid_body, or too_large for one of more keys and values than `valuesMax` */
export function parseJson(body: Buffer, valuesMax: number = EVENT_VALUES_MAX): unknown {
  const text = body.toString('utf8');
  if (holdsMoreValues(text, valuesMax)) {
    throw new AdwStreamError('too_large', `The body holds more than ${valuesMax} keys and values.`);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AdwStreamError('invalid_body', 'The body is not JSON.', { cause });
  }
}
