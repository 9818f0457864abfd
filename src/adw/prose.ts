/** What one of the marks below begins with: most texts of a line have none. */
const MAYBE = /[*`#[>]/;
// Fences with their language, headings and quotes at the beginning of a line.
const LINE_MARKS = /^[ \t]*(?:`{3,}[\w+-]*|#{1,6}[ \t]+|>[ \t]?)/gm;
// Code, links and images, strong, emphasis: what they hold stays. Underscores are names more often than marks.
const CODE = /(`+)([^`\n]+)\1/g;
const LINK = /!?\[([^\]\n]+)\]\([^)\s]+\)/g;
const STRONG = /\*\*(?=\S)([^*\n]*[^*\s])\*\*/g;
const EMPHASIS = /(?<![\w*])\*(?=[^\s*])([^*\n]*[^*\s])\*(?![\w*])/g;

/** An agent's prose, which is markdown, as it reads on one line where nothing is formatted: without its marks. Pure. */
export function plainProse(text: string): string {
  if (!MAYBE.test(text)) return text;
  return text
    .replace(LINE_MARKS, '')
    .replace(CODE, '$2')
    .replace(LINK, '$1')
    .replace(STRONG, '$1')
    .replace(EMPHASIS, '$1');
}
