/** Where a part of the program says what it does. The CLI renders it on stderr; the server hands it to pino. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Structured particulars of one log line. */
export type LogFields = Readonly<Record<string, unknown>>;

const nothing = (): void => {};

/** A logger that says nothing. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
