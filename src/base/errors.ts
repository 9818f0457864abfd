/**
 * The catalogue of errors a person or a program can meet: one row per stable code.
 * `docs/errors.md` shows the same table; `test/docs.test.ts` holds the two together.
 */

/** What a row of the catalogue says about one error code. */
export interface ErrorRow {
  /** HTTP status of an answer that carries this code; 0 where it never crosses HTTP. */
  readonly status: number;
  /** Exit code of a command that ends with it; see {@link ExitCode}. */
  readonly exit: number;
  /** Whether the same call may succeed later, unchanged. */
  readonly retryable: boolean;
  /** What to do about it, in one sentence. */
  readonly hint: string;
}

/** Exit codes of every command, documented in README and `--help`. */
export const ExitCode = {
  done: 0,
  internal: 1,
  usage: 2,
  notFound: 3,
  unreachable: 4,
  refused: 5,
  conflict: 6,
  differs: 7,
  timedOut: 124,
  notRunnable: 126,
  noCommand: 127,
  hungUp: 129,
  interrupted: 130,
} as const;

const row = (status: number, exit: number, retryable: boolean, hint: string): ErrorRow => ({
  status,
  exit,
  retryable,
  hint,
});

export const ERRORS = {
  invalid_adw_id: row(
    400,
    ExitCode.usage,
    false,
    'An ADW id is 8 ASCII letters or digits, such as 1a2b3c4d; --id-format any admits others.',
  ),
  invalid_option: row(400, ExitCode.usage, false, 'See --help for the options and their values.'),
  invalid_body: row(400, ExitCode.refused, false, 'Send JSON, or one JSON value a line as application/x-ndjson.'),
  invalid_event: row(400, ExitCode.refused, false, 'See docs/protocol.md for the fields of each event type.'),
  invalid_path: row(400, ExitCode.usage, false, 'Paths are relative, with forward slashes, without "..".'),
  invalid_query: row(400, ExitCode.usage, false, 'See docs/protocol.md for the query parameters of each route.'),
  unauthorized: row(401, ExitCode.refused, false, 'Give the token with --token or ADW_STREAM_TOKEN.'),
  forbidden_host: row(403, ExitCode.refused, false, 'Add the name with --allow-host.'),
  forbidden_origin: row(403, ExitCode.refused, false, 'Add the origin with --allow-origin.'),
  not_found: row(404, ExitCode.notFound, false, 'Check the route or the id.'),
  method_not_allowed: row(405, ExitCode.refused, false, 'See docs/protocol.md for the routes.'),
  position_mismatch: row(409, ExitCode.refused, true, 'Resume from the positions in the answer.'),
  unit_not_held: row(
    409,
    ExitCode.refused,
    true,
    'Compare the file with the ranges in the answer: resume, or begin another generation.',
  ),
  digest_mismatch: row(409, ExitCode.refused, true, 'Send the bytes whose sha-256 the Digest header names.'),
  conflict: row(409, ExitCode.refused, false, 'Change the one that is there, or choose another id.'),
  too_large: row(413, ExitCode.refused, false, 'Split the batch.'),
  unsupported_media_type: row(415, ExitCode.refused, false, 'Send application/json or application/x-ndjson.'),
  range_not_satisfiable: row(416, ExitCode.refused, false, 'Ask for a range inside the file.'),
  missing_field: row(422, ExitCode.refused, false, 'Send the fields that docs/protocol.md lists for the route.'),
  rate_limited: row(429, ExitCode.unreachable, true, 'Wait for as long as Retry-After says.'),
  headers_too_large: row(431, ExitCode.refused, false, 'Send smaller headers.'),
  internal: row(
    500,
    ExitCode.internal,
    true,
    'Look at what the server printed (stderr); report it if it happens again.',
  ),
  not_offered: row(501, ExitCode.refused, false, 'adw-stream shows workflows; it does not start or change them.'),
  store_unavailable: row(503, ExitCode.unreachable, true, 'Wait: the store recovers by itself.'),
  too_many_cards: row(507, ExitCode.refused, false, 'Delete cards of the board that are not needed any more.'),
  storage_full: row(507, ExitCode.refused, true, 'Free space on the disk of the data directory.'),
  agents_dir_not_found: row(0, ExitCode.notFound, false, 'Give it with --agents-dir, or run where agents/ is.'),
  adw_not_found: row(404, ExitCode.notFound, false, 'Check the id, or give --agents-dir.'),
  server_unreachable: row(0, ExitCode.unreachable, true, 'Start one with: adw-stream serve'),
  server_refused: row(0, ExitCode.refused, false, 'See what the server printed (stderr).'),
  wrong_server: row(0, ExitCode.refused, false, 'Check the address and the path of --server, and what answers there.'),
  id_not_admitted: row(0, ExitCode.refused, false, 'Start the server with --id-format any too.'),
  port_in_use: row(0, ExitCode.conflict, false, 'Choose another with --port, or stop the process that has it.'),
  data_dir_in_use: row(0, ExitCode.conflict, false, 'Stop that server, or give another --data-dir.'),
  data_dir_unwritable: row(0, ExitCode.conflict, false, 'Give a directory you may write with --data-dir.'),
  data_dir_newer: row(0, ExitCode.conflict, false, 'Use the newer adw-stream that wrote it, or another --data-dir.'),
  state_dir_unwritable: row(0, ExitCode.conflict, false, 'Give a directory you may write with --state-dir.'),
  state_dir_unsafe: row(0, ExitCode.conflict, false, 'Give a directory that is yours alone with --state-dir.'),
  output_unwritable: row(0, ExitCode.conflict, false, 'Free space on its disk, or write elsewhere.'),
  adw_locked: row(0, ExitCode.conflict, false, 'Stop the other watcher, or take over with --takeover.'),
  token_required: row(0, ExitCode.usage, false, 'Listening beyond loopback needs --token or ADW_STREAM_TOKEN.'),
  interrupted: row(0, ExitCode.interrupted, false, 'Run it again.'),
  command_not_found: row(0, ExitCode.noCommand, false, 'Check its name, and PATH.'),
  command_not_runnable: row(0, ExitCode.notRunnable, false, 'See whether it is a program, and executable: ls -l.'),
  alarm_not_taken: row(
    0,
    ExitCode.refused,
    false,
    'See what the action answered, and docs/alarms.md for how receivers are set up.',
  ),
  collector_unreachable: row(0, ExitCode.unreachable, true, 'Check the address of --otlp, and whether it listens.'),
  collector_refused: row(
    0,
    ExitCode.refused,
    false,
    'Check the path of --otlp, and OTEL_EXPORTER_OTLP_HEADERS and _PROTOCOL; docs/opentelemetry.md has recipes.',
  ),
  verify_differs: row(0, ExitCode.differs, false, 'Run adw-stream replay to deliver what is missing.'),
} as const satisfies Record<string, ErrorRow>;

/** A stable, documented code of {@link ERRORS}. */
export type ErrorCode = keyof typeof ERRORS;

/** An error meant for a person: what happened and where in `message`, what to do in `hint`. */
export class AdwStreamError extends Error {
  readonly code: ErrorCode;
  /** Machine-readable particulars that travel with an HTTP answer, for example `positions`. */
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: Record<string, unknown> } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'AdwStreamError';
    this.code = code;
    this.details = options.details ?? {};
  }

  /** The catalogue's row for this error. */
  get row(): ErrorRow {
    return ERRORS[this.code];
  }

  /** What to do about it. */
  get hint(): string {
    return this.row.hint;
  }
}

/** The `code` of a Node system error (`ENOENT`, `EADDRINUSE`, …), or undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The message of whatever was thrown, on one line. */
export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ');
}
