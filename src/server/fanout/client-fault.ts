import { isoTime } from '../../base/clock.ts';
import { AdwStreamError, messageOf } from '../../base/errors.ts';
import type { ServerMessage } from '../../event/message.ts';
import type { Hub } from './hub.ts';

/** Codes of `error` messages beside those of the catalogue in `base/errors.ts`. */
export type ClientFaultCode =
  | 'invalid_json'
  | 'unknown_message_type'
  | 'invalid_message'
  | 'binary_frame'
  | 'too_many_subscriptions';

/** Something wrong with a message of a client. It goes back to that client and nowhere else. */
export class ClientFault extends Error {
  readonly code: ClientFaultCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ClientFaultCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'ClientFault';
    this.code = code;
    this.details = details;
  }
}

/** A {@link ClientFault}, to throw or to send. */
export function fault(code: ClientFaultCode, message: string, details?: Record<string, unknown>): ClientFault {
  return new ClientFault(code, message, details);
}

/** The `error` message for anything that went wrong. An error that is not one of ours is logged, and its text stays here. */
export function errorMessage(error: unknown, { clock, log }: Pick<Hub, 'clock' | 'log'>): ServerMessage<'error'> {
  const known = error instanceof ClientFault || error instanceof AdwStreamError;
  if (!known) log.report('message_failed', { error: messageOf(error) });
  const message = known ? error.message : 'The server could not handle this message.';
  return {
    type: 'error',
    data: {
      error_type: errorType(error),
      error_code: known ? error.code : 'internal',
      message,
      error_message: message,
      details: known ? error.details : {},
      timestamp: isoTime(clock.now()),
    },
  };
}

function errorType(error: unknown): ServerMessage<'error'>['data']['error_type'] {
  if (error instanceof ClientFault) return 'validation_error';
  if (!(error instanceof AdwStreamError)) return 'system_error';
  if (error.code === 'rate_limited') return 'rate_limit_error';
  return error.row.status >= 500 ? 'system_error' : 'validation_error';
}
