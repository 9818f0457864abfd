import type { OutputStream } from '../io.ts';
import type { Terminal } from './terminal.ts';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const ERASE_BELOW = '\u001b[J';
const NEXT_LINE = '\r\u001b[B';
/** Lines that are too wide are cut instead of broken, and back. */
const CUT_LINES = '\u001b[?7l';
const BREAK_LINES = '\u001b[?7h';
/** Terminals that know it show everything between the two at once; the others ignore it. */
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';

/** A block of lines that stays below everything that is printed. */
export interface Screen {
  /** Draws these lines in the place of the ones before. Each must fit the width. */
  draw(lines: readonly string[]): void;
  /** The cells of a line and the lines of the screen, now. */
  size(): { readonly width: number; readonly height: number };
  /** Takes the block away and gives the terminal back as it was. */
  close(): void;
}

/** What {@link openScreen} takes. */
export interface ScreenOptions {
  readonly stream: OutputStream;
  /** What is printed through it goes above the block from now on. */
  readonly terminal: Terminal;
  /** The size has changed: draw again. */
  readonly onResize: () => void;
}

/**
 * Opens a block at the bottom. Every change is one write: erase what is below, what was printed meanwhile, the block again.
 * The cursor stays at the block's first line, hidden: a terminal that is resized moves it along with that line, however it
 * breaks the others anew, so there are no rows to count. Nothing is kept in an alternate screen, so the log stays in the
 * scrollback.
 */
export function openScreen({ stream, terminal, onResize }: ScreenOptions): Screen {
  let block: readonly string[] = [];
  let closed = false;
  const size = () => ({ width: Math.max(20, (stream.columns ?? 80) - 1), height: stream.rows ?? 24 });
  const write = (above: string, lines: readonly string[]): void => {
    block = lines;
    const up = lines.length > 1 ? `\u001b[${lines.length - 1}A` : '';
    // Room first, then the block without a newline: the kernel hands on what lies between newlines in one piece, so that no
    // resize finds the cursor in the middle of the block.
    const room = '\n'.repeat(Math.max(0, lines.length - 1)) + up;
    const drawn = `${CUT_LINES}${lines.join(NEXT_LINE)}\r${up}${BREAK_LINES}`;
    stream.write(`${BEGIN_FRAME}${HIDE_CURSOR}\r${ERASE_BELOW}${above}${room}${drawn}${END_FRAME}`);
  };
  const restore = (): void => {
    if (!closed) stream.write(SHOW_CURSOR);
  };
  const resize = (): void => {
    // Whatever the terminal has made of the lines, they are to be drawn again.
    block = [];
    onResize();
  };
  const leave = (): void => {
    write('', []);
    restore();
  };
  // The terminal is given back, then the signal does what it does without us. Where there is no shell to continue us, the
  // kernel ignores a Ctrl-Z; so it is not replaced by a SIGSTOP.
  const pass = (signal: 'SIGTSTP' | 'SIGQUIT'): void => {
    leave();
    process.off(signal, pass);
    process.kill(process.pid, signal);
    process.on(signal, pass);
    resize();
  };
  stream.on('resize', resize);
  process.on('exit', restore);
  process.on('SIGTSTP', pass);
  process.on('SIGQUIT', pass);
  process.on('SIGCONT', resize);
  terminal.divert((_stream, text) => write(text, block));
  return {
    draw: lines => {
      // Nothing is written where nothing would change: neither the terminal nor a screen reader is woken for it.
      if (!closed && !(lines.length === block.length && lines.every((line, index) => line === block[index]))) {
        write('', lines);
      }
    },
    size,
    close() {
      if (closed) return;
      leave();
      closed = true;
      terminal.divert(undefined);
      stream.off('resize', resize);
      process.off('exit', restore);
      process.off('SIGTSTP', pass);
      process.off('SIGQUIT', pass);
      process.off('SIGCONT', resize);
    },
  };
}
