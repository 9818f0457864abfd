import { AdwStreamError, type ErrorCode } from './errors.ts';

/**
 * What the server refuses whatever it says, by kind: because of its sender, because there is too much of it, or because it is
 * no request at all. The label of `adw_stream_requests_refused_total`; `docs/operations.md` has the same table.
 */
export const REFUSALS = {
  'foreign name': 'asked under a name that is not admitted',
  'foreign page': 'asked by a page of another site',
  'form post': 'a POST that a form of a page could send',
  'no token': 'without a token, or with a session that has ended; counted, and not warned of',
  'wrong token': 'with a token that the server does not know, at the login too',
  'read token': 'writing with the token that only reads',
  flood: 'more requests of an address than `--rate-limit`',
  'flood of messages': 'more messages of a WebSocket than it may send',
  'too many connections': 'a connection above the limit, closed at once',
  'too many exports': 'a page of a run, while as many are made as may be',
  'log does not keep up': 'events, while too many wait for the log',
  malformed: 'no HTTP, none that the server takes, no TLS, or no frame of a WebSocket',
  'too slow': 'a request that did not arrive in time',
} as const;

/** One of {@link REFUSALS}. */
export type RefusalKind = keyof typeof REFUSALS;

/** Counts what is refused. */
export interface RefusalTally {
  /** @param address of the caller, where it is known */
  note(kind: RefusalKind, address: string | null | undefined): void;
}

/** How a {@link Refusal} is worded. */
export interface RefusalWords {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: Record<string, unknown>;
}

/** An error that is counted by its kind where it becomes an answer. */
export class Refusal extends AdwStreamError {
  readonly kind: RefusalKind;

  constructor(kind: RefusalKind, { code, message, details = {} }: RefusalWords) {
    super(code, message, { details });
    this.kind = kind;
  }
}
