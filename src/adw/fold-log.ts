import { isErrorLevel } from '../event/types.ts';
import type { FoldStep } from './fold-step.ts';
import { entryOf, later, setEntry, textOf, timeOf } from './read.ts';
import type { LogEnd } from './state.ts';

/** Logs kept apart in one ADW: one for each script of a workflow. */
const LOGS_MAX = 100;
/** Errors kept of those that a log ends with, and characters of each. */
const ERRORS_MAX = 20;
const ERROR_CHARS_MAX = 500;

/** Words of a workflow that say that all of it is over, not one of its phases. */
const IS_OVER =
  /\b(?:workflow|adw|sdlc|pipeline|all (?:phases|stages|steps))\b.{0,60}\b(?:completed?|finished|succeeded)\b/i;
/** What looks like such words and is none. */
const IS_NOT_OVER = /\b(?:not|never|failed|phase completed?|will be|until|when|unless|before|once)\b/i;

/**
 * An entry of a workflow's own log (`execution.log`). The order of its lines decides how the log ends, never their clock.
 * DEBUG entries tell what was sent and received: they neither end an error nor say that the workflow goes on.
 */
export function workflowWrote({ state, data, ms, id }: FoldStep): void {
  const { level } = data;
  const name = textOf(data.agent_role, 200) ?? '';
  const log: LogEnd = entryOf(state.logs, name) ?? {
    errors: [],
    isOver: false,
    ms: null,
    writtenMs: null,
    eventId: null,
  };
  log.ms = later(log.ms, ms);
  log.writtenMs = later(log.writtenMs, timeOf(data.file_written_at) ?? ms);
  if (level !== 'DEBUG') {
    const message = (textOf(data.message, ERROR_CHARS_MAX) ?? '').trim();
    log.eventId = id;
    log.isOver = !isErrorLevel(level) && IS_OVER.test(message) && !IS_NOT_OVER.test(message);
    log.errors = isErrorLevel(level) ? [...log.errors, message].slice(-ERRORS_MAX) : [];
  }
  setEntry(state.logs, name, log, LOGS_MAX);
}

const isItem = (line: string) => /^\s*(?:[-*•]|\d+[.)])\s+\S/.test(line);

/**
 * What the errors at a log's end say, on one line: the last of them, and where that is an item of a list or a bare
 * detail, the line that it belongs to (`Missing required environment variables: CLAUDE_CODE_PATH`).
 */
export function senseOf(errors: readonly string[]): string {
  const lines = errors.flatMap(error => error.split('\n')).filter(line => line.trim() !== '');
  const last = lines.findLastIndex(line => !isItem(line));
  const header = lines[last]?.trim() ?? '';
  const items = lines.slice(last + 1).map(line => line.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, '').trim());
  if (items.length === 0) return header;
  return header === '' ? items.join(', ') : `${header.replace(/:$/, '')}: ${items.join(', ')}`;
}
