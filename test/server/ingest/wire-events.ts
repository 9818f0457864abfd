/** Events as a sidecar sends them. */

const adw_id = '1a2b3c4d';
const timestamp = '2026-01-01T10:00:00.000Z';

/** A byte range of a file, as a unit names it. */
export interface WireRange {
  readonly offset: number;
  readonly length: number;
  readonly path?: string;
  readonly fingerprint?: string;
}

/** Characters that a chunk's content is filled up with at most. */
const FILL_CHARS_MAX = 1_000_000;

/** A raw chunk that begins a unit, whose content is as long as its range. */
export function chunk({ offset, length, path = 'tester/raw_output.jsonl', fingerprint = 'f1' }: WireRange, extra = {}) {
  return {
    type: 'agent_output_chunk',
    data: {
      adw_id,
      timestamp,
      agent_role: 'tester',
      attempt: 1,
      content: `{"at":${offset}}`.padEnd(Math.min(length - 1, FILL_CHARS_MAX), ' '),
      lines: 1,
      tail_sha256: 'ab',
      source: { path, fingerprint, line: 1, offset, length },
      ...extra,
    },
  };
}

/** A typed event of a line that begins at `offset`. */
export function block(
  { offset, path = 'tester/raw_output.jsonl', fingerprint = 'f1' }: Omit<WireRange, 'length'>,
  extra = {},
) {
  return {
    type: 'text_block',
    data: {
      adw_id,
      timestamp,
      agent_role: 'tester',
      content: 'words',
      source: { path, fingerprint, offset },
      ...extra,
    },
  };
}

/** An event that is not of a line. */
export function lone(event_id: string | undefined, extra = {}) {
  return { type: 'agent_log', data: { adw_id, timestamp, message: 'm', level: 'INFO', event_id, ...extra } };
}
