import { isConclusion } from '../../../src/event/types.ts';
import { type EventLog, NONE } from '../data/log.ts';

/** Failures that say the same, the first of them, and the calls that failed only because one of them did. */
export interface ErrorCause {
  /** What failed: a tool's name; empty for what is no call. */
  readonly tool: string;
  /** What it says, on one line. */
  readonly message: string;
  /** Ordinals of the rows that failed by themselves, in order. */
  readonly rows: number[];
  /** Ordinals of calls that were cancelled because one of `rows` failed, in order. */
  readonly cancelled: number[];
}

/** What Claude Code says of a call that it cancelled because another one of the same message failed. */
const CANCELLED = /^(?:<tool_use_error>)?\s*(?:Sibling tool call errored|Cancelled: parallel tool call)/i;

/**
 * Failures before `limit` by what they say, the most frequent first; what a failure cancelled hangs on it. What the server concludes of
 * them is none. Pure.
 */
export function errorCauses(log: EventLog, limit: number): ErrorCause[] {
  const failures = [...new Set(log.failures)]
    .filter(at => at < limit && !log.isFolded(at) && !isConclusion(log.type[at]!))
    .sort((a, b) => a - b);
  const own = failures.filter(at => !CANCELLED.test(messageOf(log, at)));
  const causes = new Map<string, ErrorCause>();
  const byRow = new Map<number, ErrorCause>();
  const put = (at: number, list: 'rows' | 'cancelled', key: string) => {
    const cause = causes.get(key) ?? { tool: toolOf(log, at), message: messageOf(log, at), rows: [], cancelled: [] };
    causes.set(key, cause);
    cause[list].push(at);
    byRow.set(at, cause);
  };
  for (const at of own) put(at, 'rows', keyOf(log, at));
  for (const at of failures) {
    if (byRow.has(at)) continue;
    const cause = byRow.get(causeOf(log, own, at));
    if (cause) cause.cancelled.push(at);
    // Its cause lies where this log does not reach.
    else put(at, 'rows', keyOf(log, at));
  }
  return [...causes.values()].sort((a, b) => b.rows.length - a.rows.length || a.rows[0]! - b.rows[0]!);
}

/** The failure that cancelled a call: of the same agent, the last whose result came before; NONE where there is none. */
function causeOf(log: EventLog, own: readonly number[], at: number): number {
  const before = resultOf(log, at);
  const isBeside = (other: number) =>
    log.role[other] === log.role[at] &&
    log.rowData[other]?.parent === log.rowData[at]?.parent &&
    log.rowData[other]?.attempt === log.rowData[at]?.attempt;
  return own.findLast(other => resultOf(log, other) < before && isBeside(other)) ?? NONE;
}

function resultOf(log: EventLog, at: number): number {
  const paired = log.pairedWith[at] ?? NONE;
  return paired === NONE ? at : paired;
}

/** What a failed row says: a call's result, else its own words. */
export function messageOf(log: EventLog, at: number): string {
  return log.rowData[resultOf(log, at)]?.summary ?? log.rowData[at]?.summary ?? '';
}

const toolOf = (log: EventLog, at: number): string =>
  log.type[at] === 'tool_use_pre' ? (log.rowData[at]?.tool ?? 'tool') : '';

/** Messages that differ in numbers alone are one: ports, lines, durations. */
function keyOf(log: EventLog, at: number): string {
  return `${toolOf(log, at)}\u0000${messageOf(log, at).replaceAll(/\d+/g, '0')}`;
}
