import { systemClock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Io, OutputStream } from '../io.ts';
import type { Settings } from '../options.ts';
import { jsonLine } from './escape.ts';
import { createLogger } from './logger.ts';
import { isReaderGone } from './lost-output.ts';
import { type Paint, paintFor } from './style.ts';

/** What is printed: for a person, for a pipe, for a program, for an agent. */
export type OutputForm = 'pretty' | 'plain' | 'ndjson' | 'minimal';

/** Where a command prints. Everything it says goes through here, so that a status block can keep its place below. */
export interface Terminal {
  readonly form: OutputForm;
  /** Cells that a line of stdout may take: as many as the terminal has now; Infinity where no terminal breaks lines. */
  width(): number;
  /** Paint for stdout. */
  readonly paint: Paint;
  /** Paint for stderr. */
  readonly paintError: Paint;
  readonly log: Logger;
  /** One or more lines of data to stdout. The caller has made them safe. */
  print(text: string): void;
  /** One record of data to stdout, as JSON on a line. */
  printJson(value: unknown): void;
  /** One or more lines to stderr that are not log lines: summaries, errors. Left out with `--quiet` unless `always`. */
  note(text: string, always?: 'always'): void;
  /** Gives all further lines to `writer` (a status block); undefined gives them back to the streams. */
  divert(writer: LineWriter | undefined): void;
}

/** Takes text that would have gone to a stream, with its newline. */
export type LineWriter = (stream: 'stdout' | 'stderr', text: string) => void;

/** Cells of a terminal that does not say how many it has. */
const COLUMNS = 100;

/**
 * Makes the terminal of one command. `onLost` is called once when stdout takes no more: with the error, or without one when
 * its reader has gone (`| head`). That stderr takes no more changes nothing: what is said is worth less than what runs.
 */
export function createTerminal(
  io: Io,
  settings: Pick<Settings, 'output' | 'verbose' | 'quiet'>,
  onLost: (error?: Error) => void,
): Terminal {
  const form = settings.output ?? defaultForm(io);
  const closed = new Set<OutputStream>();
  let diverted: LineWriter | undefined;
  let isLost = false;
  for (const stream of [io.stdout, io.stderr]) {
    stream.on('error', (error: Error) => {
      const isGone = isReaderGone(stream, error);
      // A full disk may have room again: what is said then is written.
      if (isGone) closed.add(stream);
      if (stream !== io.stdout || isLost) return;
      isLost = true;
      onLost(isGone ? undefined : error);
    });
  }
  const write = (stream: 'stdout' | 'stderr', text: string): void => {
    if (closed.has(io[stream])) return;
    if (diverted) diverted(stream, text);
    else io[stream].write(text);
  };
  const paintError = form === 'ndjson' ? paintFor(io.stderr, { NO_COLOR: '1' }) : paintFor(io.stderr, io.env);
  return {
    form,
    width: () => (form === 'pretty' ? (io.stdout.columns ?? COLUMNS) : Number.POSITIVE_INFINITY),
    paint: form === 'ndjson' ? paintFor(io.stdout, { NO_COLOR: '1' }) : paintFor(io.stdout, io.env),
    paintError,
    log: createLogger({
      form,
      level: settings.verbose ? 'debug' : settings.quiet ? 'warn' : 'info',
      paint: paintError,
      clock: systemClock,
      write: line => write('stderr', `${line}\n`),
    }),
    print: text => write('stdout', `${text}\n`),
    printJson: value => write('stdout', `${jsonLine(value)}\n`),
    note(text, always) {
      if (always !== undefined || !settings.quiet) write('stderr', `${text}\n`);
    },
    divert(writer) {
      diverted = writer;
    },
  };
}

/** Variables that coding agents set for what they run. */
const AGENTS = ['CLAUDECODE', 'CURSOR_AGENT', 'GEMINI_CLI', 'CODEX_SANDBOX', 'AI_AGENT'];

/** Pretty on a terminal, plain in a pipe, minimal where a coding agent runs us and would pay for every line. */
export function defaultForm({ stdout, env }: Pick<Io, 'stdout' | 'env'>): OutputForm {
  if (AGENTS.some(name => env[name])) return 'minimal';
  return stdout.isTTY === true && env.TERM !== 'dumb' ? 'pretty' : 'plain';
}
