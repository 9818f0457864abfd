import { lineOf, type ReportFields, TELEMETRY } from '../../../base/telemetry.ts';
import { collectFileEvents, type FileOrigin, type FileOutcome } from './file-events.ts';

/**
 * What keeps the sidecar from seeing, as events: a reader elsewhere does not see the sidecar's terminal. Their
 * ids are of what is wrong alone, so that each is told once, however often it is found.
 */

/** A file or a directory that may not be read. `code` is the system's, such as EACCES. */
export function unreadableEvents(origin: FileOrigin, code: string): FileOutcome {
  return log(origin, {
    content: `file_unreadable ${code}`,
    level: 'ERROR',
    event_type: 'file_unreadable',
    message: unreadableMessage(origin.path, code),
  });
}

/** What {@link unreadableEvents} says, for a terminal. */
export function unreadableMessage(path: string, code: string): string {
  return lineOf(TELEMETRY.file_unreadable, unreadableFields(path, code));
}

/** The same as fields of a line of the log. */
export function unreadableFields(path: string, code: string): ReportFields<'file_unreadable'> {
  const hint = HINTS[code];
  return { path, code, hint: hint === undefined ? '' : ` ${hint}` };
}

const NO_RIGHT = 'Give the user that watches the right to read it (chmod o+rX).';

/** What is known of a file that cannot be read, by the system's code. */
const HINTS: Readonly<Record<string, string>> = {
  ELOOP: 'It is a link, or lies behind one. Links below agents/ and trees/ are not followed.',
  EILSEQ: 'Its name is no UTF-8. Rename it, then it is read.',
  EFBIG: 'It is mostly a hole: it says to hold far more than it takes on the disk.',
  EACCES: NO_RIGHT,
  EPERM: NO_RIGHT,
};

/** File system events do not come, so that files are polled: what is seen is complete, and up to half a second late. */
export function pollingEvents(origin: FileOrigin, message: string): FileOutcome {
  return log(origin, { content: 'polling', level: 'WARNING', event_type: 'polling', message });
}

interface Diagnostic {
  readonly content: string;
  readonly level: 'WARNING' | 'ERROR';
  readonly event_type: string;
  readonly message: string;
}

function log(origin: FileOrigin, { content, ...fields }: Diagnostic): FileOutcome {
  const list = collectFileEvents(origin, content);
  list.add('agent_log', fields);
  return { events: list.events, artifacts: [], redactions: {} };
}
