import { ALL, NONE, type RowTable } from '../data/row-table.ts';
import { wrongOf } from './wrong.ts';

/** Errors that say the same, the first of them, and the calls that failed only because one of them did. */
export interface ErrorCause {
  /** What sort of error it is: `Tool failed: Bash`, `Malformed line`. */
  readonly name: string;
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
 * Errors before `limit` by what they say, the most frequent first; what a failure cancelled hangs on it. All rows together are the
 * errors that the run's header counts. Pure.
 */
export function errorCauses(table: RowTable, limit: number): ErrorCause[] {
  const names = errorsBefore(table, limit);
  const failures = [...names.keys()];
  const own = failures.filter(at => !CANCELLED.test(messageOf(table, at)));
  const causes = new Map<string, ErrorCause>();
  const byRow = new Map<number, ErrorCause>();
  const put = (at: number) => {
    const [name, message] = [names.get(at)!, messageOf(table, at)];
    // Messages that differ in numbers alone are one: ports, lines, durations.
    const key = `${name}\u0000${message.replaceAll(/\d+/g, '0')}`;
    const cause = causes.get(key) ?? { name, message, rows: [], cancelled: [] };
    causes.set(key, cause);
    cause.rows.push(at);
    byRow.set(at, cause);
  };
  for (const at of own) put(at);
  for (const at of failures) {
    if (byRow.has(at)) continue;
    const cause = byRow.get(causeOf(table, own, at));
    if (cause) cause.cancelled.push(at);
    // Its cause lies where this table does not reach.
    else put(at);
  }
  return [...causes.values()].sort((a, b) => errorsOf(b) - errorsOf(a) || a.rows[0]! - b.rows[0]!);
}

/** Errors that a cause stands for, those that it cancelled included. */
export const errorsOf = ({ rows, cancelled }: ErrorCause): number => rows.length + cancelled.length;

/** Ordinals of errors before `limit`, in order, with what sort each is. */
function errorsBefore(table: RowTable, limit: number): Map<number, string> {
  const names = new Map<number, string>();
  for (let at = 0; at < limit; at++) {
    const [kind, name] = wrongOf(table, at, { ended: false, until: limit - 1 }) ?? [];
    if (kind === 'error' && name !== undefined) names.set(at, name);
  }
  return names;
}

/** The failure that cancelled a call: of the same agent, the last whose result came before; NONE where there is none. */
function causeOf(table: RowTable, own: readonly number[], at: number): number {
  const before = resultOf(table, at);
  const { role, parent, attempt } = table.rowData[at]!;
  const isBeside = (other: number) => {
    const row = table.rowData[other]!;
    return row.role === role && row.parent === parent && row.attempt === attempt;
  };
  return own.findLast(other => resultOf(table, other) < before && isBeside(other)) ?? NONE;
}

function resultOf(table: RowTable, at: number, until = ALL): number {
  const paired = table.isCall(at) ? table.resultOf(at, until) : (table.pairedWith[at] ?? NONE);
  return paired === NONE ? at : paired;
}

/** What a failed row says: a call's result, else its own words. @param until the newest ordinal that is looked at */
export function messageOf(table: RowTable, at: number, until = ALL): string {
  return table.rowData[resultOf(table, at, until)]?.summary ?? table.rowData[at]?.summary ?? '';
}
