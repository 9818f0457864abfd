import type { Position } from '../event/position.ts';
import type { NewEvent, Timing } from '../event/schema.ts';

/**
 * What flows between the stages of the sidecar. Stages never import each other: they meet in these types, and
 * `pipeline.ts` hands one stage's output to the next.
 */

/** What a file of the watched tree is to us. */
export type FileKind = 'stream' | 'state' | 'log' | 'prompt' | 'screenshot' | 'spec' | 'outcome' | 'other';

/** A file that discover found. */
export interface FoundFile {
  readonly kind: FileKind;
  /** Where it is on this disk. Never leaves the process. */
  readonly absolute: string;
  /** Relative to the ADW's root (specs: to the repository), forward slashes. Below `trees/<id>/` it begins with `trees/`. */
  readonly path: string;
  /** The role directory it lies in; the ADW id's own directory has none. */
  readonly role: string | undefined;
}

/** When something happened, and how we know. `ms` is since the Unix epoch. */
export interface EventTime {
  readonly ms: number;
  readonly timing: Timing;
}

/** One complete line of a file generation. */
export interface Line {
  /** The bytes without the newline. For an oversized line: its first bytes only. */
  readonly bytes: Buffer;
  /** Counted from 1 within the generation. */
  readonly number: number;
  /** Byte offset of the line's first byte. */
  readonly offset: number;
  /** Bytes on disk, newline included when there is one. */
  readonly length: number;
  /** False for a last line that was delivered without its newline. */
  readonly terminated: boolean;
  /** Set when the line is longer than LINE_BYTES_MAX: sha-256 of the whole line, hex. */
  readonly oversized?: { readonly sha256: string };
}

/** Which file generation lines belong to, and what every event of it carries. */
export interface Generation {
  readonly adwId: string;
  readonly path: string;
  readonly role: string;
  readonly fingerprint: string;
  /** Counts the generations of `path`, from 1. */
  readonly attempt: number;
  /** `rewritten` when an earlier generation of this path is known. */
  readonly reason: 'new' | 'rewritten';
  /** Bytes of the generation before that could not be read any more. */
  readonly lostBytes: number;
}

/** Bytes that must be stored under the ADW before an event that names them may be sent. */
export interface ArtifactUpload {
  readonly path: string;
  readonly sha256: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** What parse makes of one line. */
export interface ParsedLine {
  /** The line's text as it may leave the process: images lifted out, secrets redacted. */
  readonly content: string;
  /** Whether `content` differs from the bytes on disk. */
  readonly changed: boolean;
  /** The typed events of the line, in order, with `event_id`, `timestamp`, `timing` and `source` set. */
  readonly events: readonly NewEvent[];
  readonly artifacts: readonly ArtifactUpload[];
  /** How many secrets of each kind were replaced. */
  readonly redactions: Readonly<Record<string, number>>;
  /** Whether the line is a final `result`. */
  readonly isResult: boolean;
}

/** A parser of one file generation: pure, fed every line from the first on, total (no input makes it throw). */
export interface LineParser {
  parse(line: Line, time: EventTime): ParsedLine;
}

/**
 * A raw chunk with the typed events of its lines: delivered, refused and committed as one. Its first event is the
 * `agent_output_chunk`.
 */
export interface Unit {
  readonly generation: Generation;
  /** First byte of the range on disk. */
  readonly offset: number;
  /** Byte after the range on disk. */
  readonly end: number;
  /** Lines that the unit completes. */
  readonly lines: number;
  /** Where the log stands once it has the unit. */
  readonly position: Position;
  readonly events: readonly NewEvent[];
  readonly artifacts: readonly ArtifactUpload[];
}

/** Events that are not of a stream's line (screenshot, spec, state, phase, log), with what must be uploaded before them. */
export interface FileEvents {
  readonly events: readonly NewEvent[];
  readonly artifacts: readonly ArtifactUpload[];
  /** Where reading goes on after them, for a file that is read by lines. */
  readonly position?: Position;
}

/** What is delivered as one: a unit of a stream, or the events of another file. */
export type Item =
  | { readonly kind: 'unit'; readonly unit: Unit }
  | { readonly kind: 'events'; readonly adwId: string; readonly found: FileEvents };

/** The events of an item, in order. */
export function eventsOf(item: Item): readonly NewEvent[] {
  return item.kind === 'unit' ? item.unit.events : item.found.events;
}

/** How much there is: streams, and bytes of them in the log and on disk. */
export interface Extent {
  readonly files: number;
  readonly bytes: number;
  readonly bytesTotal: number;
}

/** The state of one followed file. */
export interface FileSummary {
  readonly path: string;
  readonly attempt: number;
  /** Lines of the current generation that the log has. */
  readonly lines: number;
  /** Bytes of the current generation that the log has. */
  readonly bytes: number;
  /** Bytes on disk that the log does not have yet. */
  readonly lagBytes: number;
  /** How long the oldest of them has been waiting, seconds. */
  readonly lagSeconds: number;
}
