import { constants } from 'node:os';
import { ExitCode } from '../base/errors.ts';

/** What asked a command to stop, and its exit code then. */
export interface Stop {
  /** Aborts at the first signal, or with the caller's own signal. */
  readonly signal: AbortSignal;
  /** 130 after SIGINT, 129 after SIGHUP, else 0: a drain on SIGTERM is a clean end. */
  exitCode(): number;
  /** 128 + the number of the signal that came, else 0: the end of what is broken off and not drained. */
  brokenOffCode(): number;
  /** Whether SIGINT or SIGHUP came: the caller does not wait for how it ends. */
  wasInterrupted(): boolean;
  /** Told of each signal as it comes, for a wrapped child. Returns a function that stops it. */
  onSignal(listener: (name: StopSignal) => void): () => void;
  /** Asks for a drain from within: the reader of stdout has gone; `as` a signal asks where it might as well have come. */
  readonly request: (as?: StopSignal) => void;
  /** Takes the handlers off the process again. */
  dispose(): void;
}

/** The signals that ask for a drain. */
export type StopSignal = (typeof STOP_SIGNALS)[number];

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Turns signals into an AbortSignal. The first asks for a drain, the second quits at once with 128 + its number: a person who
 * presses Ctrl-C twice does not want to wait. Only a command that is handed the signals ({@link Stop.onSignal}) is never left behind.
 */
export function listenForStop(outer: AbortSignal | undefined): Stop {
  const controller = new AbortController();
  const listeners = new Set<(name: StopSignal) => void>();
  let received: StopSignal | undefined;
  const handle = (name: StopSignal): void => {
    // A wrapped command answers each of them itself, and we go on for as long as it runs. A terminal that is closed tells of
    // it twice, through its shell and through the kernel: that is no impatience.
    if (received !== undefined && listeners.size === 0 && name !== 'SIGHUP')
      process.exit(128 + constants.signals[name]);
    received ??= name;
    for (const listener of listeners) listener(name);
    controller.abort();
  };
  const wasInterrupted = () => received === 'SIGINT' || received === 'SIGHUP';
  const brokenOffCode = () => (received === undefined ? ExitCode.done : 128 + constants.signals[received]);
  const abort = (): void => controller.abort();
  if (outer === undefined) for (const name of STOP_SIGNALS) process.on(name, handle);
  else if (outer.aborted) abort();
  else outer.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    request(as) {
      received ??= as;
      controller.abort();
    },
    exitCode: () => (wasInterrupted() ? brokenOffCode() : ExitCode.done),
    brokenOffCode,
    wasInterrupted,
    onSignal(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispose() {
      // Once asked to stop, a second Ctrl-C while the process ends has the same exit code as one before.
      if (received === undefined) for (const name of STOP_SIGNALS) process.off(name, handle);
      outer?.removeEventListener('abort', abort);
    },
  };
}
