import type { Line } from '../flow.ts';

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** Reads the text of a file's lines. PowerShell's `>` writes UTF-16, where a line's last byte is only half of its newline. */
export interface LineTexts {
  /** The line's text, without its newline. Total: bytes that are none become replacement characters. */
  textOf(line: Line): string;
  /** What the byte order mark at the file's beginning says; `utf-8` where there is none. */
  readonly encoding: Encoding;
}

/** Begins with the first line of a file generation. */
export function createLineTexts(): LineTexts {
  let encoding: Encoding = 'utf-8';

  const utf16 = ({ bytes, offset }: Line): string => {
    // Characters begin at even offsets: at an odd one lies the other half of the newline before. What is left over at the
    // end is the first half of this one.
    const from = offset % 2;
    const to = bytes.length - ((bytes.length - from) % 2);
    const units = Buffer.from(bytes.subarray(from, Math.max(from, to)));
    if (encoding === 'utf-16be') units.swap16();
    return units
      .toString('utf16le')
      .replace(/^\ufeff/, '')
      .replace(/\r$/, '');
  };

  return {
    get encoding() {
      return encoding;
    },
    textOf(line) {
      if (line.number === 1) encoding = encodingOf(line.bytes);
      return encoding === 'utf-8' ? line.bytes.toString('utf8') : utf16(line);
    },
  };
}

function encodingOf(bytes: Buffer): Encoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
}
