import type { EventType } from '../../../src/event/types.ts';
import type { RowTable } from '../data/row-table.ts';
import { toolLabel } from './tools.ts';

/**
 * `error`: counted by `totals.errors`, in the header and on the tab. `outcome`: how something ended, or what is missing: what
 * made it so is counted by itself, if it is known. `warning`: what did not fail.
 */
export type WrongKind = 'error' | 'outcome' | 'warning';

/** Types whose level counts as an error for the summary. */
const LOGS: ReadonlySet<string> = new Set<EventType>(['agent_log', 'workflow_log']);

/** By what a row is judged. */
interface Known {
  /** Whether calls without a result will get none. */
  readonly ended: boolean;
  /** The newest ordinal that is looked at. */
  readonly until: number;
}

/**
 * What is wrong with a row, and what kind of wrong it is; undefined where nothing is. The one rule of what counts as an error. Pure.
 */
export function wrongOf(table: RowTable, at: number, known: Known): readonly [WrongKind, string] | undefined {
  const row = table.rowData[at]!;
  const failed = row.status === 'error';
  switch (row.type) {
    case 'tool_use_pre':
      return callOf(table, at, known);
    case 'tool_use_post':
      return failed && !table.isFolded(at) ? ['error', toolFailed(row.tool)] : undefined;
    case 'malformed_line':
      return ['error', 'Malformed line'];
    case 'session_ended':
      return failed ? ['outcome', 'Session failed'] : undefined;
    case 'attempt_started':
      return /never read/.test(row.summary) ? ['outcome', 'Bytes lost in a rewrite'] : undefined;
  }
  if (row.diagnostic === 'polling') return ['warning', 'Polling: no file system events'];
  if (failed && !table.isFolded(at)) {
    if (row.diagnostic !== undefined) return ['error', 'File unreadable'];
    if (!LOGS.has(row.type)) return ['outcome', 'Workflow failed'];
    return ['error', /hook/i.test(row.summary) ? 'Hook failed' : 'Error in a log'];
  }
  if (row.level !== 'WARNING') return undefined;
  return ['warning', /retry|rate.?limit/i.test(row.summary) ? 'API retries and limits' : 'Warning'];
}

function callOf(table: RowTable, at: number, { ended, until }: Known): readonly [WrongKind, string] | undefined {
  const outcome = table.outcome(at, until);
  if (outcome === 'error') return ['error', toolFailed(table.rowData[at]!.tool)];
  return outcome === 'pending' && ended ? ['outcome', 'No result recorded'] : undefined;
}

const toolFailed = (tool = 'unknown'): string => `Tool failed: ${toolLabel(tool)}`;
