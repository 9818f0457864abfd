import { closeSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { AdwStreamError } from '../base/errors.ts';

/** A stream of text that may be a terminal. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

/** Everything a command touches of the process it runs in, so that tests can give their own. */
export interface Io {
  /** Data: what the command was asked for. */
  readonly stdout: OutputStream;
  /** Logs, progress, errors. */
  readonly stderr: OutputStream;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborting it drains as SIGTERM would. Absent: the process's own signals do. */
  readonly signal?: AbortSignal;
}

/** The process's own streams, environment and working directory. */
export function processIo(): Io {
  process.once('exit', closeGoneTerminals);
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    // Asked for when it is needed: help is given without one.
    get cwd() {
      return workingDirectory();
    },
  };
}

/**
 * Node gives every terminal that it began with its modes back, and aborts where one has been closed; what is no longer open
 * it passes over.
 */
function closeGoneTerminals(): void {
  for (const [fd, { isTTY }] of [process.stdin, process.stdout, process.stderr].entries()) {
    if (isTTY && !isatty(fd)) closeSync(fd);
  }
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch (error) {
    const message = 'The working directory is not there any more: change to another one.';
    throw new AdwStreamError('invalid_option', message, { cause: error });
  }
}
