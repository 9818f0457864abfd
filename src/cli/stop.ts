import { constants } from 'node:os';
import { ExitCode } from '../base/errors.ts';

/** Who asked a command to stop, and what its exit code is then. */
export interface Stop {
  /** Aborts at the first SIGINT or SIGTERM, or with the caller's own signal. */
  readonly signal: AbortSignal;
  /** 130 after SIGINT, else 0: a drain on SIGTERM is a clean end. */
  exitCode(): number;
  /** 128 + the number of the signal that came, else 0: the end of what is broken off and not drained. */
  brokenOffCode(): number;
  /** Whether SIGINT came. */
  wasInterrupted(): boolean;
  /** Told of each signal as it comes, for a wrapped child. Returns a function that stops it. */
  onSignal(listener: (name: StopSignal) => void): () => void;
  /** Asks for a drain from within: the reader of stdout has gone, a wrapped command has ended. */
  readonly request: () => void;
  /** Takes the handlers off the process again. */
  dispose(): void;
}

/** The signals that ask for a drain. */
export type StopSignal = 'SIGINT' | 'SIGTERM';

/**
 * Turns signals into an AbortSignal. The first asks for a drain, the second quits at once with 128 + its number: whoever
 * presses Ctrl-C twice does not want to wait. Only what is told of them ({@link Stop.onSignal}) is never left behind.
 */
export function listenForStop(outer: AbortSignal | undefined): Stop {
  const controller = new AbortController();
  const listeners = new Set<(name: StopSignal) => void>();
  let received: StopSignal | undefined;
  const handle = (name: StopSignal): void => {
    // A wrapped command answers each of them itself, and we go on for as long as it runs.
    if (received !== undefined && listeners.size === 0) process.exit(128 + constants.signals[name]);
    received = name;
    for (const listener of listeners) listener(name);
    controller.abort();
  };
  const abort = (): void => controller.abort();
  const names: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];
  if (outer === undefined) for (const name of names) process.on(name, handle);
  else if (outer.aborted) abort();
  else outer.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    request: abort,
    exitCode: () => (received === 'SIGINT' ? ExitCode.interrupted : ExitCode.done),
    brokenOffCode: () => (received === undefined ? ExitCode.done : 128 + constants.signals[received]),
    wasInterrupted: () => received === 'SIGINT',
    onSignal(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispose() {
      // Once asked to stop, a second Ctrl-C while the process ends has the same exit code as one before.
      if (received === undefined) for (const name of names) process.off(name, handle);
      outer?.removeEventListener('abort', abort);
    },
  };
}
