import stringWidth from 'string-width';
import { saysPath } from '../../adw/tool.ts';
import { claudeToolKind, type ToolKind } from '../../event/tool-kind.ts';

/** Text measured in terminal cells, where an emoji or a CJK character takes two and a combining mark none. */

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Characters of one cell each, of which nearly all text consists, and all that our own words add. */
const PLAIN = /^[ -~¡-¬®-ÿ–—‘’“”•…→×✓✗●○]*$/;

/** How many cells `text` takes. Colour codes take none. */
export function widthOf(text: string): number {
  // For the others emoji have to be told from text, and getting ready for that takes a seventh of what `list` takes.
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

/** `text` cut to at most `cells`, with `…` where something is missing. Without colour codes in it. */
export function clip(text: string, cells: number): string {
  // A text of n UTF-16 units takes at most 2n cells, and mostly n: the measure is only needed near the edge.
  if (text.length * 2 <= cells || widthOf(text) <= cells) return text;
  let room = Math.max(0, cells - 1);
  let kept = '';
  for (const { segment } of segmenter.segment(text)) {
    const width = widthOf(segment);
    if (width > room) break;
    kept += segment;
    room -= width;
  }
  return cells > 0 ? `${kept.trimEnd()}…` : '';
}

/** {@link clip}, but a path loses its middle: many have one beginning, and their ends tell more. */
export function clipPath(path: string, cells: number): string {
  if (path.length * 2 <= cells || widthOf(path) <= cells) return path;
  if (cells <= 0) return '';
  const parts = [...segmenter.segment(path)].map(({ segment }) => segment);
  // A third for its beginning, unless that would cut the file's name.
  const nameCells = widthOf(/[/\\]?[^/\\]*$/.exec(path)?.[0] ?? '');
  const rest = cells - 1 - nameCells;
  const third = Math.floor((cells - 1) / 3);
  const head = fitting(parts, rest < 0 ? third : Math.min(third, rest));
  const tail = fitting(parts.slice(head.length).reverse(), cells - 1 - widthOf(head.join('')));
  return `${head.join('')}…${tail.reverse().join('')}`;
}

/** As many of the first segments as fit. */
function fitting(segments: readonly string[], cells: number): string[] {
  let room = cells;
  const end = segments.findIndex(segment => {
    room -= widthOf(segment);
    return room < 0;
  });
  return segments.slice(0, end < 0 ? segments.length : end);
}

/** What a call is about, cut as its kind is: a path in its middle, other text at its end. */
export function clipArgument(kind: ToolKind | undefined, text: string, cells: number): string {
  return saysPath(kind) || /^\S*[/\\]\S*$/.test(text) ? clipPath(text, cells) : clip(text, cells);
}

/** A tool and what it was called with, which is cut as {@link clipArgument} does. */
export function clipCall(text: string, cells: number): string {
  const end = text.indexOf(' ');
  if (end < 0 || widthOf(text) <= cells) return clip(text, cells);
  const tool = text.slice(0, end);
  return clip(`${tool} ${clipArgument(claudeToolKind(tool), text.slice(end + 1), cells - widthOf(tool) - 1)}`, cells);
}

/** {@link clip}, and blanks up to exactly `cells`. */
export function pad(text: string, cells: number): string {
  const fitted = clip(text, cells);
  return fitted + ' '.repeat(Math.max(0, cells - widthOf(fitted)));
}

/** `word` in pieces of at most `cells`; at least one, which may be empty. */
export function cutWord(word: string, cells: number): string[] {
  if (widthOf(word) <= cells) return [word];
  const pieces: string[] = [];
  let piece = '';
  let width = 0;
  for (const { segment } of segmenter.segment(word)) {
    const size = widthOf(segment);
    if (width + size > cells) {
      pieces.push(piece);
      piece = '';
      width = 0;
    }
    piece += segment;
    width += size;
  }
  return [...pieces, piece];
}

/** `text` in lines of at most `cells`, broken between words; a word that is longer than a line is cut. */
export function wrapWords(text: string, cells: number): string[] {
  if (widthOf(text) <= cells) return [text];
  const lines = [''];
  for (const word of text.split(' ')) {
    for (const [index, piece] of cutWord(word, cells).entries()) {
      const line = lines.at(-1) ?? '';
      const joined = line === '' ? piece : `${line}${index === 0 ? ' ' : ''}${piece}`;
      if (line === '' || widthOf(joined) <= cells) lines[lines.length - 1] = joined;
      else lines.push(piece);
    }
  }
  return lines;
}
