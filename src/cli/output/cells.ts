import stringWidth from 'string-width';

/** Text measured in terminal cells, where an emoji or a CJK character takes two and a combining mark none. */

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** How many cells `text` takes. Colour codes take none. */
export function widthOf(text: string): number {
  // Nearly all text is plain, and for that the answer needs no segmentation.
  return /^[ -~]*$/.test(text) ? text.length : stringWidth(text);
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

/** {@link clip}, but a path keeps its end, which tells more than its beginning. */
export function clipArgument(text: string, cells: number): string {
  if (!/^\S*\/\S*$/.test(text) || widthOf(text) <= cells) return clip(text, cells);
  let room = Math.max(0, cells - 1);
  let kept = '';
  for (const { segment } of [...segmenter.segment(text)].reverse()) {
    const width = widthOf(segment);
    if (width > room) break;
    kept = segment + kept;
    room -= width;
  }
  return cells > 0 ? `…${kept}` : '';
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
