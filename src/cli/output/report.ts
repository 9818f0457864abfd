import { AdwStreamError, ExitCode, messageOf } from '../../base/errors.ts';
import { safeLine } from './escape.ts';
import type { Paint } from './style.ts';

/** Codes whose message already says what to do. */
const COMPLETE: ReadonlySet<string> = new Set(['invalid_adw_id', 'invalid_option', 'interrupted']);

/** How an error is shown. */
export interface ReportOptions {
  readonly paint: Paint;
  /** Adds the chain of causes; for a fault of ours also the stack. */
  readonly verbose: boolean;
}

/** What a person is told about an error: a line that says what and where, a line that says what to do. */
export function errorReport(error: unknown, { paint, verbose }: ReportOptions): string {
  const lines = [`${paint('red', 'error:')} ${safeLine(messageOf(error))}`];
  if (error instanceof AdwStreamError) {
    if (!COMPLETE.has(error.code)) lines.push(`${paint('dim', 'hint:')}  ${error.hint}`);
  } else {
    lines.push(
      `${paint('dim', 'hint:')}  This is a fault of adw-stream. ${verbose ? 'Please report it.' : 'Run it with -v for particulars.'}`,
    );
  }
  if (verbose) lines.push(...causes(error).map(cause => `${paint('dim', 'cause:')} ${cause}`));
  return lines.join('\n');
}

/** The exit code of a command that ended with `error`. */
export function exitCodeOf(error: unknown): number {
  return error instanceof AdwStreamError ? error.row.exit : ExitCode.internal;
}

function causes(error: unknown): string[] {
  const lines: string[] = [];
  const seen = new Set<unknown>();
  if (!(error instanceof AdwStreamError) && error instanceof Error) lines.push(...stackOf(error));
  for (let cause = causeOf(error); cause !== undefined && !seen.has(cause); cause = causeOf(cause)) {
    seen.add(cause);
    lines.push(...(cause instanceof AggregateError ? cause.errors : [cause]).map(one => safeLine(messageOf(one))));
  }
  return lines;
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

function stackOf(error: Error): string[] {
  return (error.stack ?? '').split('\n').slice(1).map(safeLine);
}
