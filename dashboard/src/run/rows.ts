import type { Row } from '../../../src/adw/row.ts';
import type { Group } from '../../../src/event/types.ts';
import { ALL, type RowTable } from '../data/row-table.ts';
import type { PhaseQuestion } from './phases.ts';
import type { Query } from './query.ts';

/** Shown unless the reader chooses otherwise. */
export const DEFAULT_GROUPS: readonly Group[] = ['think', 'text', 'tool', 'result'];

/** Which rows are wanted. */
export interface RowFilter {
  readonly groups: ReadonlySet<string>;
  readonly role: string;
  readonly attempt: number | undefined;
  readonly phase: string;
  /** A sub-agent's call: only what belongs to it, and the call itself. */
  readonly scope: string;
  readonly query: Query;
  /** Ordinals that full text found, and where each was found first: in itself or in its result. Undefined while there is none to find. */
  readonly hits: ReadonlyMap<number, number> | undefined;
  /** Whether query and hits filter, or are only marked. */
  readonly filtering: boolean;
  /** Calls slower than this are `is:slow`, ms. */
  readonly slowMs: number;
  /** The newest ordinal by which a row is judged: in a replay nothing that lies ahead of it counts. */
  readonly until?: number;
  phaseOf(event: PhaseQuestion): string;
}

/** The groups of a view, or the default ones. */
export function groupsOf(kinds: readonly string[] | undefined): ReadonlySet<string> {
  return new Set(kinds ?? DEFAULT_GROUPS);
}

/** Ordinals of the rows to show, in order, out of `from` … end or the filter's `until`. */
export function computeRows(table: RowTable, filter: RowFilter, from = 0): number[] {
  const rows: number[] = [];
  const end = Math.min(table.length, (filter.until ?? ALL) + 1);
  for (let at = from; at < end; at++) if (isRow(table, filter, at)) rows.push(at);
  return rows;
}

/** Whether an event is a row under a filter. */
function isRow(table: RowTable, filter: RowFilter, at: number): boolean {
  if (table.isFolded(at)) return false;
  const { type, role, group, phase, t: ms, attempt, useId } = table.rowData[at]!;
  if (!filter.groups.has(group)) return false;
  if (filter.role !== '' && role !== filter.role) return false;
  if (filter.phase !== '' && filter.phaseOf({ type, role, told: phase, ms }) !== filter.phase) return false;
  if (filter.attempt !== undefined && attempt !== 0 && attempt !== filter.attempt) return false;
  if (filter.scope !== '' && useId !== filter.scope && !table.callsAround(at).includes(filter.scope)) return false;
  return !filter.filtering || matches(table, filter, at);
}

/** Whether an event is what the query asks for; always when it asks for nothing. */
export function matches(table: RowTable, { query, hits, slowMs, until = ALL }: RowFilter, at: number): boolean {
  if (hits !== undefined && !((hits.get(at) ?? ALL) <= Math.min(until, table.length))) return false;
  const row = table.rowData[at];
  if (row === undefined) return false;
  if (query.role && !query.role.test(row.role)) return false;
  if (query.kind && !kindNames(row).includes(query.kind)) return false;
  if (query.tool && !query.tool.test(row.tool ?? '')) return false;
  if (query.file && !fileNames(table, at).some(name => name.includes(query.file!))) return false;
  const outcome = table.outcome(at, until);
  if (query.status && outcome !== query.status) return false;
  if (query.is === 'pending' && outcome !== 'pending') return false;
  if (query.is === 'error' && outcome !== 'error') return false;
  if (query.is === 'subagent' && row.parent === undefined) return false;
  const took = table.took(at, until);
  if (query.is === 'slow' && !(took > slowMs)) return false;
  if (query.minMs !== undefined && !(took >= query.minMs)) return false;
  return query.maxMs === undefined || took <= query.maxMs;
}

/** How an event's file is named: as the call has it, and as its change is counted, which is how lists of files say it. */
function fileNames(table: RowTable, at: number): string[] {
  const rowData = table.rowData[at];
  return [rowData?.path ?? rowData?.summary ?? '', table.rowData[table.change[at]!]?.path ?? ''];
}

/** The words under which `kind:` finds an event. */
function kindNames({ type, group }: Row): string[] {
  return [group, type, type.split('_')[0]!, group === 'think' ? 'thinking' : group];
}

/** The duration above which a call is slow: the 95th percentile, and never below two seconds. */
export function slowThreshold(table: RowTable): number {
  const durations: number[] = [];
  for (let at = 0; at < table.length; at++) {
    if (!table.isCall(at)) continue;
    const took = table.took(at);
    if (took >= 0) durations.push(took);
  }
  durations.sort((a, b) => a - b);
  return Math.max(2000, durations[Math.floor(durations.length * 0.95)] ?? 0);
}
