import { systemClock } from '../../base/clock.ts';
import type { SidecarProgress } from '../../sidecar/flow.ts';
import type { Io } from '../io.ts';
import { progressLine } from './summary.ts';
import type { Terminal } from './terminal.ts';

/** A line that says how far a long piece of work is. */
export interface ProgressLine {
  update(progress: SidecarProgress): void;
  /** The same in words, for other work than a sidecar's. */
  say(words: string): void;
  /** Takes the line away; what is printed afterwards has the screen for itself. */
  stop(): void;
}

/** Time between two lines of progress where there is no terminal to rewrite one on. */
const PLAIN_MS = 2_000;

/** Shows progress under `title`: a spinner on a terminal, a plain line now and then elsewhere, nothing with `--quiet`. */
export async function showProgress(io: Io, terminal: Terminal, title: string): Promise<ProgressLine> {
  return io.stderr.isTTY === true && terminal.form === 'pretty'
    ? spinner(io, terminal, title)
    : plainProgress(terminal, title);
}

async function spinner(io: Io, terminal: Terminal, title: string): Promise<ProgressLine> {
  const started = systemClock.now();
  const { default: ora } = await import('ora');
  // ora would take stdin and hide the cursor from a second Ctrl-C; signals are ours. Whether this is a terminal is decided
  // already: left to itself, ora prints a line that stays where CI is set.
  const stream = io.stderr as NodeJS.WriteStream;
  const line = ora({ text: title, stream, discardStdin: false, isEnabled: true }).start();
  terminal.divert((stream, text) => {
    line.clear();
    io[stream].write(text);
    line.render();
  });
  const say = (words: string): void => {
    line.text = `${title}  ${words}`;
  };
  return {
    update: progress => say(progressLine(progress, systemClock.now() - started)),
    say,
    stop: () => {
      terminal.divert(undefined);
      line.stop();
    },
  };
}

function plainProgress(terminal: Terminal, title: string): ProgressLine {
  const started = systemClock.now();
  let last = started;
  const say = (words: string): void => {
    const now = systemClock.now();
    if (now - last < PLAIN_MS) return;
    last = now;
    terminal.log.report('progress', { title, words });
  };
  return {
    update: progress => say(progressLine(progress, systemClock.now() - started)),
    say,
    stop: () => {},
  };
}
