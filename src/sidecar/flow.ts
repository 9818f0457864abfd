import type { EncodedText } from '../base/text-encoding.ts';
import type { Position } from '../event/position.ts';
import type { NewEvent, Timing } from '../event/schema.ts';

/**
 * What flows between the stages of the sidecar, and what it says of itself. Stages never import each other: they meet in
 * these types, and `pipeline.ts` hands one stage's output to the next.
 */

/** What a file of the watched tree is to us. */
export type FileKind =
  | 'stream'
  | 'state'
  | 'log'
  | 'prompt'
  | 'screenshot'
  | 'spec'
  | 'outcome'
  | 'envelope'
  | 'agent-map'
  | 'sub-agent'
  | 'database'
  | 'other';

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

/** Something of the watched tree that is there and may not be read, links included. */
export interface Unreadable {
  readonly path: string;
  readonly absolute: string;
  /** The system's, such as EACCES; ELOOP for a link. */
  readonly code: string;
  /** The role directory that it is, or lies in. */
  readonly role: string | undefined;
  /** It can hold plan specs and no streams. */
  readonly isSpecs?: boolean;
}

/** What `adw_state.json` says about where the plan is, as written. */
export interface PlanHint {
  readonly planFile: string | undefined;
  readonly worktreePath: string | undefined;
}

/** A file that counts as a whole, read when it had settled. */
export interface WholeFile {
  readonly found: FoundFile;
  readonly bytes: Buffer;
  /** When it was last written, ms since the Unix epoch; undefined where its times are not to be believed. */
  readonly writtenMs: number | undefined;
  /** Whether it has been quiet for so long that it is to be taken as it is, complete or not. */
  readonly isFinal: boolean;
  /** Whether the lines are there of the agent that it is about. */
  readonly hasStream: boolean;
}

/** A row of a factory's database, as it is there. Its columns differ from version to version. */
export type DatabaseRow = Readonly<Record<string, unknown>>;

/** What a factory's database says of one run. */
export interface RunRecord {
  readonly session: DatabaseRow | undefined;
  /** In the workflow's own order. */
  readonly phases: readonly DatabaseRow[];
  readonly gates: readonly DatabaseRow[];
  /** With `is_alive`, and `seen_ms` when that was seen (ms since the Unix epoch), where it can be seen from here. */
  readonly processes: readonly DatabaseRow[];
  /** What the workflow noted since the record before: hand-overs, log entries, errors. */
  readonly notes: readonly DatabaseRow[];
}

/** A database, and what it says of the run. */
export interface ReadDatabase {
  readonly found: FoundFile;
  readonly record: RunRecord;
}

/** When something happened, and how we know. `ms` is since the Unix epoch. */
export interface EventTime {
  readonly ms: number;
  readonly timing: Timing;
}

/** One request to a model, with its tokens by kind. */
export interface PricedRequest {
  readonly model: string;
  /** When it was made, ms since the Unix epoch; undefined where it is unknown. */
  readonly ms: number | undefined;
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  /** All that was written to the cache, what lives for an hour included. */
  readonly cacheWrite: number;
  readonly cacheWriteHour: number;
}

/** What a request costs at list price, US dollars; undefined for a model whose price is not known. */
export type PriceOf = (request: PricedRequest) => number | undefined;

/** One complete line of a file generation: its bytes without the newline; of an oversized one the first bytes only. */
export interface Line extends EncodedText {
  /** Counted from 1 within the generation. */
  readonly number: number;
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

/** What a file tells of when its bytes came. */
export interface TimeClues {
  /** Size and time of the last write, as the file system has them. */
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  /** When the file system itself set that time, which copies and archives choose; NaN where it cannot be told just now. */
  readonly ctimeMs: number;
  /** The time of day when this was asked. */
  readonly nowMs: number;
  /** When the byte at `offset` was seen to arrive, ms; undefined where the file was not watched then. */
  arrivedAt(offset: number): number | undefined;
  /** Up to `length` bytes at the file's end; none where they cannot be read just now. */
  lastBytes(length: number): EncodedText;
}

/** Complete lines of one file generation, in order. They may begin before `from`: those are known, and only teach the fold. */
export interface ReadLines {
  readonly kind: 'stream' | 'log';
  readonly generation: Generation;
  /** Stands for the fold over the generation's lines: another object where they begin anew with the first one. */
  readonly fold: object;
  readonly lines: readonly Line[];
  /** First byte that the lines cover, and the byte after the last one. */
  readonly offset: number;
  readonly end: number;
  /** First byte that was not handed on yet. */
  readonly from: number;
  /** First byte of which no view was told yet; what lies between it and `from` the log had before we came. */
  readonly untold: number;
  /** Whether they end where the file ends for now. */
  readonly atEnd: boolean;
  readonly clues: TimeClues;
  /** sha-256 (hex) of the bytes on disk from `from` to `to`, both among those covered. */
  hash(from: number, to: number): string;
  /** sha-256 (hex) of the last 4 KiB, or fewer, on disk before `end`, which lies among those covered. */
  tailHash(end: number): string;
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
  /** When the line was written: by its own account where it has one, else as the caller said. */
  readonly time: EventTime;
  /** Whether the line is a final `result`. */
  readonly isResult: boolean;
}

/** A parser of one file generation: pure, fed every line from the first on, total (no input makes it throw). */
export interface LineParser {
  parse(line: Line, time: EventTime): ParsedLine;
  /** The time that a line to come names itself, ms; undefined where it names none. Teaches the parser nothing. */
  stampOf(line: Line): number | undefined;
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
  /** How many secrets of each kind were replaced in it; absent for none. */
  readonly redactions?: Readonly<Record<string, number>> | undefined;
  /** Bytes of the generation before that could not be read, where the unit begins its own; absent elsewhere. */
  readonly lostBytes?: number | undefined;
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

/** How far a sidecar is. */
export interface SidecarProgress {
  /** Goes through all files: to be called only by a view that shows it. */
  readonly extent: () => Extent;
  readonly lines: number;
  readonly events: number;
  /** Whether the server answers at the moment. */
  readonly connected: boolean;
  /** Whether everything that was on disk at the start has been read and acknowledged. */
  readonly caughtUp: boolean;
}

/** What a sidecar did, for the closing summary and for `--output ndjson`. */
export interface SidecarSummary {
  readonly adwId: string;
  /** Files that hold streams. */
  readonly files: number;
  /** Lines newly delivered. */
  readonly lines: number;
  /** Events newly in the log. */
  readonly events: number;
  /** Lines that the log already had. */
  readonly duplicates: number;
  /** Bytes of lines newly delivered. */
  readonly bytes: number;
  readonly seconds: number;
  readonly retries: number;
  readonly rejected: number;
  /** Secrets replaced, by kind. */
  readonly redactions: Readonly<Record<string, number>>;
  /** Bytes that were rewritten before they could be read. */
  readonly lostBytes: number;
  /** Generations that the log claims and that are not the files of their names; those are delivered as other attempts. */
  readonly disputed: number;
  /** Per file: complete lines and bytes on disk, and how many of them the log has. */
  readonly perFile: readonly FileSummary[];
}
