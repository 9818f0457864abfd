import { homedir } from 'node:os';
import { phaseOfRole } from '../adw/phase.ts';
import type { EventTime, FileEvents, FoundFile, Generation, Line, LineParser, Unit } from './flow.ts';
import type { ReadingOptions } from './options.ts';
import { createExecutionLogParser, type ExecutionLogParser } from './parse/files/execution-log.ts';
import { resultDurationOf } from './parse/formats/registry.ts';
import { createLineParser } from './parse/line-parser.ts';
import type { Redactor } from './parse/redact.ts';
import { estimateTimes } from './parse/time.ts';
import { type DoneLine, unitsOf } from './parse/units.ts';
import type { GenerationReader } from './tail/generation-reader.ts';
import type { ArrivalJournal } from './tail/journal.ts';
import type { TailedFile } from './tail/tailed-file.ts';
import type { ReadLines, TailedGeneration } from './tail/tailed-generation.ts';

/** Bytes at a file's end that are searched for its result, to estimate when its lines were written. */
const RESULT_SEARCH_BYTES = 64 * 1024;

/** What the streams of one ADW share. */
export interface StreamContext {
  readonly options: ReadingOptions;
  readonly redact: Redactor | undefined;
  readonly journal: ArrivalJournal;
}

/** What is kept beside a generation while it is being read. */
interface Reading<Parser> {
  readonly generation: Generation;
  readonly parser: Parser;
  /** Number of the last line parsed. */
  lines: number;
  timeOf(line: Line): EventTime;
}

/** Turns lines that were read from a role's stream into units. */
export function readStream(file: TailedFile, read: ReadLines, context: StreamContext): Unit[] {
  const { generation, batch, atEnd } = read;
  const phase = phaseOfRole(file.role, context.options.phaseMap);
  const reading = readingOf<LineParser>(file, read, context, started =>
    createLineParser({ generation: started, phase, redact: context.redact, home: homedir() }),
  );
  const linesBefore = reading.lines;
  const done = parseFrom(generation, batch.lines, { reading, context });
  if (batch.end <= generation.from) return [];
  const range = { from: generation.from, end: batch.end, hash: batch.hash, tailHash: batch.tailHash };
  const linesMax = context.options.speed === undefined ? undefined : 1;
  const units = unitsOf({
    generation: reading.generation,
    phase,
    range,
    lines: done,
    linesBefore,
    atEnd,
    ...(linesMax === undefined ? {} : { linesMax }),
  });
  generation.from = batch.end;
  return units;
}

/** Turns lines that were read from an `execution.log` into the events of its entries. */
export function readLog(file: TailedFile, read: ReadLines, context: StreamContext): FileEvents {
  const { generation, identity, batch } = read;
  const phase = phaseOfRole(file.role, context.options.phaseMap);
  const reading = readingOf<ExecutionLogParser>(file, read, context, started =>
    createExecutionLogParser({ generation: started, phase, redact: context.redact }),
  );
  const done = parseFrom(generation, batch.lines, { reading, context });
  generation.from = Math.max(generation.from, batch.end);
  const events = done.flatMap(({ parsed }) => parsed.events);
  // Whoever goes on from here has to read an entry again that was not told yet.
  const { offset: next, number } = reading.parser.pending ?? { offset: batch.end, number: reading.lines + 1 };
  if (next < batch.offset) return { events, artifacts: [] };
  const { path, fingerprint, attempt } = identity;
  const position = { path, fingerprint, attempt, next, lines: number - 1, tail_sha256: batch.tailHash(next) };
  return { events, artifacts: [], position };
}

/** Whether the last entry of an `execution.log` has not been told yet. */
export function hasPendingEntry(generation: TailedGeneration | undefined): boolean {
  const reading = generation?.attachment as Reading<ExecutionLogParser> | undefined;
  return reading?.parser.pending !== undefined;
}

/** The last entry of an `execution.log` that has gone quiet. */
export function flushLog(generation: TailedGeneration): FileEvents {
  const reading = generation.attachment as Reading<ExecutionLogParser> | undefined;
  return { events: reading?.parser.flush() ?? [], artifacts: [] };
}

/** Feeds lines to the parser; those that the log already has only for what they teach it. */
function parseFrom(
  { from, untold }: TailedGeneration,
  lines: readonly Line[],
  { reading, context }: { reading: Reading<LineParser>; context: StreamContext },
): DoneLine[] {
  const { onKnown } = context.options;
  const done: DoneLine[] = [];
  for (const line of lines.flatMap(whole => divideAt(whole, from))) {
    const time = reading.timeOf(line);
    const parsed = reading.parser.parse(line, time);
    reading.lines = line.number;
    if (line.offset >= from) done.push({ line, parsed, time });
    else if (line.offset >= untold && parsed.events.length > 0) onKnown?.(parsed.events);
  }
  return done;
}

/**
 * A last line that was delivered without its newline may have gone on after all. What came later is a line of its own:
 * what was delivered cannot be taken back.
 */
function divideAt(line: Line, from: number): Line[] {
  const known = from - line.offset;
  if (known <= 0 || known >= line.bytes.length) return [line];
  return [
    { ...line, bytes: line.bytes.subarray(0, known), length: known, terminated: false },
    { ...line, bytes: line.bytes.subarray(known), offset: from, length: line.length - known },
  ];
}

function readingOf<Parser extends LineParser>(
  file: TailedFile,
  { generation, identity }: ReadLines,
  context: StreamContext,
  createParser: (generation: Generation) => Parser,
): Reading<Parser> {
  const known = generation.attachment as Reading<Parser> | undefined;
  if (known) return known;
  const started: Generation = {
    adwId: context.options.adwId,
    path: identity.path,
    role: file.role,
    fingerprint: identity.fingerprint,
    attempt: identity.attempt,
    reason: generation.lostBytes > 0 ? 'rewritten' : identity.reason,
    lostBytes: generation.lostBytes,
  };
  const reading: Reading<Parser> = {
    generation: started,
    parser: createParser(started),
    lines: 0,
    timeOf: timesOf(generation, started, context.journal),
  };
  generation.attachment = reading;
  return reading;
}

/** Observed times where somebody watched, else estimates from the file's own time and its result. */
function timesOf({ reader, size, mtimeMs }: TailedGeneration, generation: Generation, journal: ArrivalJournal) {
  const estimate = estimateTimes({ sizeBytes: size, mtimeMs, resultDurationMs: resultDurationOf(endOf(reader)) });
  return (line: Line): EventTime => {
    const end = line.offset + line.length;
    const observed = journal.timeOf(generation.path, generation.fingerprint, end - 1);
    return observed === undefined ? estimate(end) : { ms: observed, timing: 'observed' };
  };
}

/** The file's last bytes; none where they cannot be read just now: then nobody knows its result. */
function endOf(reader: GenerationReader): Buffer {
  try {
    return reader.peekEnd(RESULT_SEARCH_BYTES);
  } catch {
    return Buffer.alloc(0);
  }
}

/** The role that a stream's events name: its directory, or the file's own name where it lies directly in the ADW's. */
export function roleOf(found: FoundFile): string {
  if (found.role !== undefined) return found.role;
  const name = found.path.slice(found.path.lastIndexOf('/') + 1).replace(/\.jsonl.*$/, '');
  return /^(?:cc_)?raw_output$/.test(name) ? 'agent' : name;
}
