import type { NewEvent } from '../../event/schema.ts';

const BACKSLASH = 0x5c;
/** Bytes of UTF-8 that a UTF-16 unit takes at most. */
const UNIT_BYTES_MAX = 3;
/** Bytes that one byte takes in a JSON string at most: `\u001b`. */
const ESCAPE_BYTES_MAX = 6;
const INITIAL_BYTES = 256 * 1024;
/** A `content` from this many characters on is written as bytes. */
const LONG_CHARS = 1_024;

/** What stands after the backslash for a byte of a JSON string (RFC 8259 section 7); 0 for bytes that stand for themselves. */
const ESCAPES = new Uint8Array(256).fill(0x75, 0, 0x20);
const SHORT_ESCAPES = { 8: 'b', 9: 't', 10: 'n', 12: 'f', 13: 'r', 34: '"', 92: '\\' };
for (const [byte, letter] of Object.entries(SHORT_ESCAPES)) ESCAPES[Number(byte)] = letter.charCodeAt(0);
const HEX = Buffer.from('0123456789abcdef');

/** Buffers for the next batches. Shared: of hundreds of sidecars in one process only a few send at a time. */
const spare: Buffer[] = [];
const SPARES_MAX = 4;
/** What a spare buffer may hold at most: one that a giant line made is not kept. */
const SPARE_BYTES_MAX = 8 * 1024 * 1024;

/** A text's bytes before they are escaped; used within one call. */
let scratch = Buffer.alloc(0);

/** A batch as NDJSON. */
export interface EncodedBatch {
  readonly bytes: Buffer;
  /** Leaves the bytes to the next batch: to be called once the request that sent them has ended. */
  release(): void;
}

/**
 * Writes events as NDJSON into one buffer: joining the lines to a string first, which is copied into bytes after, was a
 * third of a replay's time. The raw lines of a chunk are most of what is sent, and JSON.stringify is slow on long text
 * full of quotes: they are escaped byte by byte, in a third of the time.
 * @param events in order; bytes are lines of NDJSON that were written before
 */
export function encodeBatch(events: readonly (NewEvent | Buffer)[]): EncodedBatch {
  const writer = new BatchWriter();
  for (const event of events) {
    if (Buffer.isBuffer(event)) {
      writer.addBytes(event);
      continue;
    }
    if (event.type === 'agent_output_chunk' && isLong(event.data.content)) writer.addChunk(event);
    else writer.addText(JSON.stringify(event));
    writer.addText('\n');
  }
  return writer.end();
}

class BatchWriter {
  #buffer = spare.pop() ?? Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #length = 0;

  addChunk({ type, data }: NewEvent<'agent_output_chunk'>): void {
    const rest = JSON.stringify({ type, data: { ...data, content: undefined } });
    this.addText(`${rest.slice(0, -2)},"content":"`);
    this.#addEscaped(data.content);
    this.addText('"}}');
  }

  addBytes(bytes: Buffer): void {
    this.#reserve(bytes.length);
    this.#length += bytes.copy(this.#buffer, this.#length);
  }

  addText(text: string): void {
    this.#reserve(text.length * UNIT_BYTES_MAX);
    this.#length += this.#buffer.write(text, this.#length);
  }

  end(): EncodedBatch {
    const buffer = this.#buffer;
    return {
      bytes: buffer.subarray(0, this.#length),
      release: () => void (spare.length < SPARES_MAX && buffer.length <= SPARE_BYTES_MAX && spare.push(buffer)),
    };
  }

  #addEscaped(text: string): void {
    const bytesMax = text.length * UNIT_BYTES_MAX;
    const raw = bytesMax > scratch.length ? Buffer.allocUnsafeSlow(Math.max(bytesMax, INITIAL_BYTES)) : scratch;
    if (raw.length <= SPARE_BYTES_MAX) scratch = raw;
    const bytes = raw.write(text);
    this.#reserve(bytes * ESCAPE_BYTES_MAX);
    this.#length = escapeInto(this.#buffer, this.#length, raw, bytes);
  }

  #reserve(more: number): void {
    if (this.#buffer.length - this.#length >= more) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#buffer.length, this.#length + more));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** Text with half of a surrogate pair is left to JSON.stringify, which escapes it. */
function isLong(text: string): boolean {
  return text.length >= LONG_CHARS && text.isWellFormed();
}

/** Writes the first `length` bytes of `from`, as they stand in a JSON string, to `to` at `at`. @returns where it ended */
function escapeInto(to: Buffer, at: number, from: Buffer, length: number): number {
  let end = at;
  for (let index = 0; index < length; index++) {
    const byte = from[index] as number;
    const letter = ESCAPES[byte] as number;
    if (letter === 0) {
      to[end++] = byte;
      continue;
    }
    to[end++] = BACKSLASH;
    to[end++] = letter;
    if (letter !== 0x75) continue;
    to[end++] = 0x30;
    to[end++] = 0x30;
    to[end++] = HEX[byte >> 4] as number;
    to[end++] = HEX[byte & 15] as number;
  }
  return end;
}
