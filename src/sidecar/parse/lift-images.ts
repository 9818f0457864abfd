import { formatBytes } from '../../adw/format.ts';
import { sha256Hex } from '../../event/id.ts';
import type { ArtifactUpload } from '../flow.ts';
import { sniffImage } from './files/image.ts';

/** A line's text without its images, and the images. */
export interface Lifted {
  readonly text: string;
  /** Each distinct image once, in the order of the line. */
  readonly images: readonly ArtifactUpload[];
}

/** The members that hold base64 in the lines of Claude Code and of MCP tools: `source.data`, `file.base64`. */
const MEMBERS = ['"data"', '"base64"'] as const;
/**
 * A part of each of these beginnings that is rare in other text: most lines have none, and are not looked through for members.
 * A part's first letter is what is searched for: with the `i` before it, PNG's took seven times as long.
 */
const BASE64_HINTS = ['VBORw0KGg', '9j', 'R0lGOD', 'UklGR'] as const;
/** How base64 of png, jpeg, gif and webp begins (a slash may be escaped): cheaper to look at than to decode. */
const BASE64_BEGIN = /^(?:iVBORw0KGg|\\?\/9j\\?\/|R0lGOD|UklGR)/;

/** Whether a text is what stands for an image where no artifacts are stored: `image (image/png, 34.1 KiB)`. */
export function isImageInWords(text: string): boolean {
  return /^image \(image\/[a-z]+, [^)]{1,20}\)$/.test(text.slice(0, 100));
}

/**
 * Takes base64 images out of a line's JSON text. Each is replaced by `artifact:images/<sha256>.<ext>;bytes=<n>`, or by
 * words where no artifacts are stored; everything else stays as it was, to the byte. Works on the text because parsing and serializing again would change
 * numbers, escapes and the order of keys. Text without images is given back as it is.
 */
export function liftImages(text: string, { keepsArtifacts = true } = {}): Lifted {
  const found = BASE64_HINTS.some(hint => text.includes(hint)) ? imageStrings(text) : [];
  if (found.length === 0) return { text, images: [] };
  const images = new Map<string, ArtifactUpload>();
  const pieces: string[] = [];
  let done = 0;
  for (const { begin, end } of found) {
    const encoded = text.slice(begin, end);
    const image = lift(encoded, images);
    if (image === undefined) continue;
    const { path, mediaType, bytes } = image;
    const reference = keepsArtifacts
      ? `artifact:${path};bytes=${bytes.length}`
      : `image (${mediaType}, ${formatBytes(bytes.length)})`;
    pieces.push(text.slice(done, begin), reference);
    done = end;
  }
  return { text: pieces.join('') + text.slice(done), images: [...images.values()] };
}

/** Where the contents of strings that look like images begin and end, in order. */
function imageStrings(text: string): { readonly begin: number; readonly end: number }[] {
  const found: { begin: number; end: number }[] = [];
  for (const member of MEMBERS) {
    for (let at = text.indexOf(member); at >= 0; at = text.indexOf(member, at + 1)) {
      const begin = stringBegin(text, at + member.length);
      if (begin === undefined || !BASE64_BEGIN.test(text.slice(begin, begin + 12))) continue;
      const end = text.indexOf('"', begin);
      if (end >= 0) found.push({ begin, end });
    }
  }
  return found.sort((a, b) => a.begin - b.begin);
}

/** The offset of the first character of the string value after a member's name, when there is one. */
function stringBegin(text: string, after: number): number | undefined {
  let at = after;
  while (text[at] === ' ') at += 1;
  if (text[at] !== ':') return undefined;
  at += 1;
  while (text[at] === ' ') at += 1;
  return text[at] === '"' ? at + 1 : undefined;
}

/** Decodes one image into `images` and returns it; undefined when it is not base64 of an image after all. */
function lift(encoded: string, images: Map<string, ArtifactUpload>): ArtifactUpload | undefined {
  const plain = encoded.includes('\\') ? encoded.replaceAll('\\/', '/') : encoded;
  const bytes = Buffer.from(plain, 'base64');
  const kind = sniffImage(bytes);
  // Node decodes leniently; only what encodes back to the same text may be replaced without loss.
  if (kind === undefined || bytes.toString('base64') !== plain) return undefined;
  const sha256 = sha256Hex(bytes);
  const path = `images/${sha256}.${kind.extension}`;
  const image = images.get(path) ?? { path, sha256, mediaType: kind.mediaType, bytes };
  images.set(path, image);
  return image;
}
