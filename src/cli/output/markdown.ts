import { cutWord, widthOf } from './cells.ts';
import type { Paint, Style } from './style.ts';

/** How markdown is laid out. */
export interface MarkdownOptions {
  readonly paint: Paint;
  /** Cells a line may take. */
  readonly width: number;
}

/** A word with its style; glued ones stand right behind the word before them. */
interface Word {
  readonly text: string;
  readonly style: Style | undefined;
  readonly glued: boolean;
}

/** Code, strong, and links: what agents write often. Anything else stays as it was typed. */
const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)\s]+)\)/g;

/**
 * Markdown as a terminal shows it plainly: headings bold, bullets as dots, code and emphasis coloured, code blocks as they
 * are. `text` must be safe already.
 */
export function markdownLines(text: string, { paint, width }: MarkdownOptions): string[] {
  const lines: string[] = [];
  let fenced = false;
  for (const line of text.split('\n')) {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    else if (fenced) lines.push(...cutWord(line, width).map(part => paint('dim', part)));
    else lines.push(...block(line, { paint, width }));
  }
  return lines.filter((line, index) => line !== '' || (index > 0 && lines[index - 1] !== ''));
}

function block(line: string, { paint, width }: MarkdownOptions): string[] {
  const heading = /^#{1,6}\s+(.*)$/.exec(line);
  if (heading) return laidOut(wordsOf(heading[1] ?? '', 'bold'), { paint, width });
  const [, indent = '', bullet, rest = line] = /^(\s*)([-*+]\s+)?(.*)$/.exec(line) ?? [];
  const hang = ' '.repeat(Math.min(indent.length, Math.floor(width / 4)) + (bullet === undefined ? 0 : 2));
  const lines = laidOut(wordsOf(rest, undefined), { paint, width: width - hang.length });
  const first = bullet === undefined ? hang : `${hang.slice(2)}• `;
  return lines.map((part, index) => (part === '' ? '' : (index === 0 ? first : hang) + part));
}

/** The words of a line; what has a style of its own is taken out of its marks. */
function wordsOf(text: string, style: Style | undefined): Word[] {
  const words: Word[] = [];
  let end = 0;
  const add = (part: string, partStyle: Style | undefined): void => {
    for (const [index, piece] of part.split(' ').entries()) {
      const glued = index === 0 && words.length > 0;
      if (piece !== '' || !glued) words.push({ text: piece, style: partStyle, glued });
    }
  };
  for (const match of text.matchAll(INLINE)) {
    const [all, code, strong, label, url] = match;
    add(text.slice(end, match.index), style);
    if (code !== undefined) add(code, 'cyan');
    else if (strong !== undefined) add(strong, 'bold');
    else add(`${label} (${url})`, 'underline');
    end = match.index + all.length;
  }
  add(text.slice(end), style);
  return words;
}

/** Words in lines of at most `width` cells. A word that is longer than a line is cut. */
function laidOut(words: readonly Word[], { paint, width }: MarkdownOptions): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const { text, style, glued } of words) {
    for (const [index, part] of cutWord(text, width).entries()) {
      const gap = used === 0 || glued || index > 0 ? 0 : 1;
      const breaks = used + gap + widthOf(part) > width;
      if (breaks) {
        lines.push(line);
        line = '';
        used = 0;
      }
      line += (breaks ? '' : ' '.repeat(gap)) + (style === undefined || part === '' ? part : paint(style, part));
      used += (breaks ? 0 : gap) + widthOf(part);
    }
  }
  return [...lines, line];
}
