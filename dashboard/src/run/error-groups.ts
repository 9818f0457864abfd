import { type EventLog, NONE } from '../data/log.ts';
import { toolLabel } from './tools.ts';

/** Rows that went wrong in the same way. */
export interface ErrorGroup {
  readonly name: string;
  /** Ordinals, in order. */
  readonly rows: number[];
  /**
   * `error`: counted by `totals.errors`, in the header and on the tab. `outcome`: how something ended, or what is missing: what
   * made it so is counted by itself, if it is known. `warning`: what did not fail.
   */
  readonly kind: 'error' | 'outcome' | 'warning';
}

type Kind = ErrorGroup['kind'];

const KINDS: readonly Kind[] = ['error', 'outcome', 'warning'];
/** Types whose level counts as an error for the summary. */
const LOGS: ReadonlySet<string> = new Set(['agent_log', 'workflow_log']);

/**
 * What went wrong before `limit`, by what it is: errors first, then the most frequent. Pure.
 * @param ended whether calls without a result will get none
 */
export function errorGroups(log: EventLog, limit: number, ended: boolean): ErrorGroup[] {
  const groups = new Map<string, ErrorGroup>();
  for (let at = 0; at < limit; at++) {
    const wrong = wrongOf(log, at, ended);
    if (wrong === undefined) continue;
    const [kind, name] = wrong;
    const key = `${kind} ${name}`;
    const group = groups.get(key);
    if (group) group.rows.push(at);
    else groups.set(key, { name, kind, rows: [at] });
  }
  return [...groups.values()].sort(
    (a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || b.rows.length - a.rows.length,
  );
}

/** What is wrong with a row, and what kind of wrong it is; undefined where nothing is. */
function wrongOf(log: EventLog, at: number, ended: boolean): readonly [Kind, string] | undefined {
  const row = log.rowData[at]!;
  const failed = log.status[at] === 'error';
  switch (row.type) {
    case 'tool_use_pre':
      return callOf(log, at, ended);
    case 'tool_use_post':
      return failed && !log.isFolded(at) ? ['error', toolFailed(row.tool)] : undefined;
    case 'malformed_line':
      return ['error', 'Malformed line'];
    case 'session_ended':
      return failed ? ['outcome', 'Session failed'] : undefined;
    case 'attempt_started':
      return /never read/.test(row.summary) ? ['outcome', 'Bytes lost in a rewrite'] : undefined;
  }
  if (row.diagnostic === 'polling') return ['warning', 'Polling: no file system events'];
  if (failed && !log.isFolded(at)) {
    if (row.diagnostic !== undefined) return ['error', 'File unreadable'];
    if (!LOGS.has(row.type)) return ['outcome', 'Workflow failed'];
    return ['error', /hook/i.test(row.summary) ? 'Hook failed' : 'Error in a log'];
  }
  if (row.level !== 'WARNING') return undefined;
  return ['warning', /retry|rate.?limit/i.test(row.summary) ? 'API retries and limits' : 'Warning'];
}

function callOf(log: EventLog, at: number, ended: boolean): readonly [Kind, string] | undefined {
  const outcome = log.outcome(at);
  if (outcome === 'error') return ['error', toolFailed(log.rowData[at]!.tool)];
  return outcome === 'pending' && ended ? ['outcome', 'No result recorded'] : undefined;
}

const toolFailed = (tool = 'unknown'): string => `Tool failed: ${toolLabel(tool)}`;

/** What a row of a group says: a call with what came of it. */
export function wrongWords(log: EventLog, at: number): string {
  const paired = log.pairedWith[at]!;
  const result = log.type[at] === 'tool_use_pre' && paired !== NONE ? log.rowData[paired]?.summary : undefined;
  const own = log.rowData[at]?.summary ?? '';
  return result ? `${own} → ${result}` : own;
}
