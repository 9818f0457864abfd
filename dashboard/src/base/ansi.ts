/** Terminal output as styled runs of text: colours and weights are kept, everything else that a terminal obeys is taken out. */

/** A run of text with the classes it is drawn with. */
export interface Run {
  readonly text: string;
  readonly class: string;
}

const SGR = /\u001b\[([0-9:;]*)m/g;
// OSC and other strings up to their end, then CSI that is not SGR, then two-byte escapes and stray controls.
const OTHER =
  /\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b\[(?![0-9:;]*m)[0-?]*[ -/]*[@-~]|\u001b[ -/]+[0-~]|\u001b[^[\]]|[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f-\u009f]/g;

interface Style {
  colour: string;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
}

const PLAIN: Style = { colour: '', bold: false, dim: false, italic: false, underline: false };

/** Splits terminal output into runs. Text without escapes is one run. */
export function ansiRuns(text: string): Run[] {
  // A carriage return begins the line again: what a terminal would show is what came last. Tried only where a line begins:
  // tried from each of its characters, it would look at the rest of a long line thousands of times.
  const clean = text
    .replaceAll(OTHER, '')
    .replaceAll(/(?<![^\n])[^\n]*\r(?=[^\r\n])/g, '')
    .replaceAll('\r', '');
  const runs: Run[] = [];
  const style = { ...PLAIN };
  // An escape that is part of no sequence is left over between two of them.
  const add = (piece: string) => runs.push({ text: piece.replaceAll('\u001b', ''), class: classOf(style) });
  let done = 0;
  for (const match of clean.matchAll(SGR)) {
    add(clean.slice(done, match.index));
    apply(style, match[1] ?? '');
    done = match.index + match[0].length;
  }
  add(clean.slice(done));
  const shown = runs.filter(run => run.text !== '');
  return shown.length > 0 ? shown : runs.slice(0, 1);
}

function apply(style: Style, codes: string): void {
  const list = codes.split(';').map(part => part.split(':').map(Number));
  for (let i = 0; i < list.length; i++) {
    const [code = 0, ...parts] = list[i]!;
    if (code === 0) Object.assign(style, PLAIN);
    else if (code === 1) style.bold = true;
    else if (code === 2) style.dim = true;
    else if (code === 3) style.italic = true;
    else if (code === 4) style.underline = parts[0] !== 0;
    else if (code === 22) style.bold = style.dim = false;
    else if (code === 23) style.italic = false;
    else if (code === 24) style.underline = false;
    else if (code === 39) style.colour = '';
    else if (code >= 30 && code <= 37) style.colour = `ansi-${code - 30}`;
    else if (code >= 90 && code <= 97) style.colour = `ansi-${code - 90}`;
    else if (code === 38 || code === 48) {
      // 256 colours and true colours: only the first sixteen have a counterpart in the theme. They follow behind colons, or
      // as codes of their own.
      const [kind, number = 16] = parts.length > 0 ? parts : list.slice(i + 1).map(([first]) => first);
      if (code === 38 && kind === 5) style.colour = number < 16 ? `ansi-${number % 8}` : '';
      if (parts.length === 0) i += kind === 5 ? 2 : 4;
    }
  }
}

function classOf({ colour, bold, dim, italic, underline }: Style): string {
  return [
    colour,
    bold ? 'ansi-bold' : '',
    dim ? 'ansi-dim' : '',
    italic ? 'italic' : '',
    underline ? 'ansi-underline' : '',
  ]
    .filter(Boolean)
    .join(' ');
}
