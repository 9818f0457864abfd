/** How a file's text is written. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** Bytes of a file's beginning that tell its encoding. */
export const ENCODING_BYTES = 4;

/** A piece of a file's text. */
export interface EncodedText {
  readonly bytes: Buffer;
  /** Byte offset of the first of them in the file: characters of UTF-16 begin at even ones. */
  readonly offset: number;
  /** Absent for UTF-8. */
  readonly encoding?: Encoding | undefined;
}

/**
 * The encoding of a file: by its byte order mark, or by the NUL bytes that UTF-16 has between the first characters of a JSON
 * object. PowerShell's `>` writes UTF-16.
 * @param head the file's first bytes, {@link ENCODING_BYTES} of them where there are so many
 */
export function encodingOf(head: Buffer): Encoding {
  const begins = (hex: string) => head.toString('hex', 0, ENCODING_BYTES).startsWith(hex);
  if (begins('fffe') || begins('7b002200')) return 'utf-16le';
  return begins('feff') || begins('007b0022') ? 'utf-16be' : 'utf-8';
}

/** The text of a piece. Total: bytes that are none become replacement characters, halves of characters at its ends are left out. */
export function decodeText({ bytes, offset, encoding = 'utf-8' }: EncodedText): string {
  if (encoding === 'utf-8') return bytes.toString('utf8');
  const from = offset % 2;
  const to = bytes.length - ((bytes.length - from) % 2);
  const units = Buffer.from(bytes.subarray(from, Math.max(from, to)));
  if (encoding === 'utf-16be') units.swap16();
  const text = units.toString('utf16le');
  return offset === 0 ? text.replace(/^\ufeff/, '') : text;
}

/** The text of a whole file, without its byte order mark. */
export function decodeFile(bytes: Buffer): string {
  return decodeText({ bytes, offset: 0, encoding: encodingOf(bytes) }).replace(/^\ufeff/, '');
}
