import { type Phase, phaseOfRole } from '../../adw/phase.ts';
import { lastWrite } from '../../base/last-write.ts';
import { columnsOf } from '../../event/columns.ts';
import type { NewEvent } from '../../event/schema.ts';
import type {
  FileEvents,
  Generation,
  Item,
  Line,
  LineParser,
  ParsedLine,
  PriceOf,
  ReadLines,
  TimeClues,
} from '../flow.ts';
import { createSharedAgents, type SharedAgents } from './agents.ts';
import { createExecutionLogParser, type ExecutionLogParser } from './files/execution-log.ts';
import { endOfFile } from './formats/registry.ts';
import { createLineClock, type LineClock } from './line-clock.ts';
import { createLineParser } from './line-parser.ts';
import type { Redactor } from './redact.ts';
import { estimateTimes } from './time.ts';
import { type DoneLine, unitsOf } from './units.ts';

/** Bytes at a file's end that are searched for its result and its last time, to estimate when its lines were written. */
const END_SEARCH_BYTES = 64 * 1024;

/** What {@link StreamParser} takes. */
export interface StreamParserOptions {
  readonly phaseMap: Readonly<Record<string, Phase>>;
  /** Absent: secrets stay in. */
  readonly redact: Redactor | undefined;
  /** The home directory, written as `~` in paths. */
  readonly home: string;
  readonly price: PriceOf;
  /** Most lines in one unit; absent for as many as fit. */
  readonly linesMax?: number;
}

/** What came of lines that were read. */
export interface ParsedLines {
  readonly items: readonly Item[];
  /** The events of lines that the log had before. */
  readonly known: readonly NewEvent[];
}

/** The fold over one file generation. */
interface Fold {
  readonly generation: Generation;
  readonly phase: Phase | undefined;
  readonly parser: LineParser | ExecutionLogParser;
  /** Number of the last line parsed. */
  lines: number;
  readonly clock: LineClock;
}

/** Turns the lines of all files of one ADW into what is delivered. It keeps a fold for as long as tail keeps its handle. */
export class StreamParser {
  /** What the files of the ADW know together. */
  readonly agents = createSharedAgents();
  readonly #options: StreamParserOptions;
  readonly #folds = new WeakMap<object, Fold>();
  #linesMax: number;
  #keepsArtifacts = true;

  constructor(options: StreamParserOptions) {
    this.#options = options;
    this.#linesMax = options.linesMax ?? Number.POSITIVE_INFINITY;
  }

  /**
   * For a server that keeps neither positions nor artifacts, before the first line: each is a unit of its own, and its
   * events say everything themselves.
   */
  standAlone(): void {
    this.#linesMax = 1;
    this.#keepsArtifacts = false;
  }

  /** Parses lines that follow those of the same fold that were parsed before. */
  parse(read: ReadLines): ParsedLines {
    const fold = this.#foldOf(read);
    const linesBefore = fold.lines;
    const { done, known } = parseLines(read, fold, this.agents);
    for (const { parsed } of done) this.#noteSession(fold, parsed.events[0]);
    if (read.kind === 'log') return { items: [eventsItem(read.generation.adwId, entriesOf(read, fold, done))], known };
    if (read.end <= read.from) return { items: [], known };
    const units = unitsOf({
      generation: fold.generation,
      phase: fold.phase,
      range: { from: read.from, end: read.end, hash: read.hash, tailHash: read.tailHash },
      lines: done,
      linesBefore,
      atEnd: read.atEnd,
      linesMax: this.#linesMax,
    });
    return { items: units.map(unit => ({ kind: 'unit', unit })), known };
  }

  /** Whether the last entry of an `execution.log` still waits for its end. */
  hasPending(fold: object): boolean {
    return pendingOf(this.#folds.get(fold)) !== undefined;
  }

  /** That entry, for when no more of it comes; none where nothing waits. */
  flush(handle: object): Item[] {
    const fold = this.#folds.get(handle);
    const told = fold && 'flush' in fold.parser ? fold.parser.flush() : undefined;
    return fold && told && told.events.length > 0 ? [eventsItem(fold.generation.adwId, told)] : [];
  }

  #noteSession({ generation }: Fold, event: NewEvent | undefined): void {
    const { session_id: id, agent_role: role } = event?.data ?? {};
    if (typeof id === 'string' && sessionIn(generation.path) === undefined && role) this.agents.sessionIsOf(id, role);
  }

  #foldOf({ fold: handle, kind, generation: read, clues }: ReadLines): Fold {
    const known = this.#folds.get(handle);
    if (known) return known;
    const { phaseMap, redact, home, price } = this.#options;
    const { agents } = this;
    const role = agents.roleOfSession(sessionIn(read.path) ?? '');
    const generation = role === undefined ? read : { ...read, role };
    const keepsArtifacts = this.#keepsArtifacts;
    const phase = phaseOfRole(generation.role, phaseMap);
    const options = { generation, phase, redact };
    const parser =
      kind === 'log'
        ? createExecutionLogParser(options)
        : createLineParser({ ...options, home, price, keepsArtifacts, agents });
    const fold: Fold = { generation, phase, parser, lines: 0, clock: clockOf(clues, parser) };
    this.#folds.set(handle, fold);
    return fold;
  }
}

/** The session that a transcript in no role's directory is of: its directory has that name. */
function sessionIn(path: string): string | undefined {
  return /^(?:trees\/[^/]+\/)?([\da-f]{8}-[\da-f-]{27})\/subagents\//i.exec(path)?.[1];
}

/** Feeds lines to the parser; those that the log already has only for what they teach it. */
function parseLines(
  { lines, from, untold }: ReadLines,
  fold: Fold,
  agents: SharedAgents,
): { done: DoneLine[]; known: NewEvent[] } {
  const done: DoneLine[] = [];
  const known: NewEvent[] = [];
  const divided = lines.flatMap(whole => divideAt(whole, from));
  for (const [index, line] of divided.entries()) {
    const parsed = fold.parser.parse(line, fold.clock.timeOf(line, { lines: divided, index }));
    const { time } = parsed;
    fold.clock.passed(line, time);
    fold.lines = line.number;
    noteSessions(parsed, agents);
    if (line.offset >= from) done.push({ line, parsed, time });
    else if (line.offset >= untold) known.push(...parsed.events);
  }
  return { done, known };
}

/** What a line says of how its role's session stands; of a sub-agent's file no line does. */
function noteSessions({ events, time }: ParsedLine, agents: SharedAgents): void {
  for (const { type, data } of events) {
    const role = data.agent_role;
    if (role == null) continue;
    if (type === 'session_started') agents.sessionBegan(role);
    if (type === 'session_ended') agents.sessionEnded(role, { success: columnsOf(type, data).status === 'ok', time });
  }
}

/** The entries of an `execution.log` that have ended. */
function entriesOf(read: ReadLines, fold: Fold, done: readonly DoneLine[]): FileEvents {
  const events = done.flatMap(({ parsed }) => parsed.events);
  const artifacts = done.flatMap(({ parsed }) => parsed.artifacts);
  // A reader that goes on from here has to read an entry again that was not told yet.
  const { offset: next, number } = pendingOf(fold) ?? { offset: read.end, number: fold.lines + 1 };
  if (next < read.offset) return { events, artifacts };
  const { path, fingerprint, attempt } = read.generation;
  const position = { path, fingerprint, attempt, next, lines: number - 1, tail_sha256: read.tailHash(next) };
  return { events, artifacts, position };
}

function pendingOf(fold: Fold | undefined): Line | undefined {
  return fold && 'pending' in fold.parser ? fold.parser.pending : undefined;
}

function eventsItem(adwId: string, found: FileEvents): Item {
  return { kind: 'events', adwId, found };
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

/** The clock of a file's lines, by what is known of the file beside them. */
function clockOf({ sizeBytes, arrivedAt, lastBytes, ...written }: TimeClues, parser: LineParser): LineClock {
  const { stampMs, sessionMs, lastLineBytes } = endOfFile(lastBytes(END_SEARCH_BYTES));
  const endMs = stampMs ?? lastWrite(written);
  return createLineClock({
    observedAt: arrivedAt,
    estimate: estimateTimes({ lastOffset: sizeBytes - lastLineBytes, endMs, sessionMs }),
    stampOf: line => parser.stampOf(line),
  });
}
