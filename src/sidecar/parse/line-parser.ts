import { isUtf8 } from 'node:buffer';
import type { Phase } from '../../adw/phase.ts';
import { decodeText } from '../../base/text-encoding.ts';
import { LINE_BYTES_MAX, MALFORMED_CHARS_MAX, PREVIEW_CHARS_MAX } from '../../event/limits.ts';
import type { ArtifactUpload, EventTime, Generation, Line, LineParser, ParsedLine, PriceOf } from '../flow.ts';
import { createSharedAgents, type SharedAgents } from './agents.ts';
import { artifactFields } from './artifact.ts';
import { DEFAULT_FORMAT, formatOf, mayNameTime } from './formats/registry.ts';
import { asObject, asText, type JsonObject, parseJson } from './json.ts';
import { liftImages } from './lift-images.ts';
import { lineContent, oversizedStub } from './line-content.ts';
import { collectLineEvents, createRepeatCounter, type LineEvents, type LineScope } from './line-events.ts';
import type { LineFold, LineFormat } from './line-format.ts';
import { firstChars } from './preview.ts';
import { readRecords } from './records.ts';
import type { Redactor } from './redact.ts';
import { eventsOfSubAgent, subAgentIn } from './session/sub-agent.ts';

/** What {@link createLineParser} takes. */
export interface LineParserOptions {
  readonly generation: Generation;
  /** The phase of the generation's role. */
  readonly phase: Phase | undefined;
  /** Absent: secrets stay in. */
  readonly redact: Redactor | undefined;
  /** The home directory, written as `~` in paths. */
  readonly home?: string;
  /** Absent: no price is known. */
  readonly price?: PriceOf;
  /** false: texts stay whole, and words stand for what would be an artifact. True when absent. */
  readonly keepsArtifacts?: boolean;
  /** What the files of the ADW know together; absent for a file alone. */
  readonly agents?: SharedAgents;
}

/** What a line is read as that is not read. */
const NO_RECORDS = { values: [], rest: [] };
const NO_SCOPE: LineScope = { sessionId: undefined, parentToolUseId: undefined, model: undefined };

/**
 * A parser for the lines of one file generation, in order from the first. It is a pure fold: fed the same lines with
 * the same times it gives the same events, ids and contents. No line makes it throw. Here is what holds for the lines of
 * every program; what they say is the format's.
 */
export function createLineParser(options: LineParserOptions): LineParser {
  const { generation, phase, redact, keepsArtifacts = true } = options;
  const textCharsMax = keepsArtifacts ? PREVIEW_CHARS_MAX : Number.POSITIVE_INFINITY;
  const repeats = createRepeatCounter();
  const formats = createFormatChoice(options);

  const begin = (line: Line, time: EventTime, scope: LineScope) => {
    const events = collectLineEvents({ generation, phase, line, time, scope, repeats, textCharsMax });
    if (line.number === 1) {
      events.add('attempt_started', {
        attempt: generation.attempt,
        reason: generation.reason,
        lost_bytes: generation.lostBytes,
      });
    }
    return events;
  };

  return {
    parse(line, arrival) {
      if (line.oversized !== undefined) {
        const stub = oversizedStub(line, line.oversized.sha256, redact);
        return oversized(line, stub, begin(line, arrival, formats.scopeOf(formats.current, {})));
      }
      const original = decodeText(line);
      const lifted = liftImages(original, { keepsArtifacts });
      // Text that is as it was read need not be encoded again to be looked through.
      const bytes = lifted.text === original && line.encoding === undefined ? line.bytes : undefined;
      const { text, counts } = redact?.redact(lifted.text, bytes) ?? { text: lifted.text, counts: {} };
      const { values, rest } = formats.repeats(text)
        ? NO_RECORDS
        : readRecords(text, value => formatOf(value) !== undefined);
      const about = (value: unknown): [EventTime, LineScope] => {
        const json = asObject(value);
        const fold = json === undefined ? formats.current : formats.foldOf(json);
        return [(json && fold?.timeOf(json)) ?? arrival, formats.scopeOf(fold, json ?? {})];
      };
      const events = begin(line, ...about(values[0]));
      if (line.number === 1) addEncoding(events, line);
      for (const part of rest) addRest(events, part, values.length > 0);
      let isResult = false;
      for (const [nth, value] of values.entries()) {
        if (nth > 0) events.next(...about(value));
        isResult = formats.interpret(asObject(value), events);
      }
      const { content, artifact } = lineContent(text, { keepsArtifacts });
      const artifacts = artifact === undefined ? lifted.images : [...lifted.images, artifact];
      addArtifacts(events, generation.adwId, artifacts);
      return {
        content,
        // Text of invalid UTF-8 has replacement characters where the disk has other bytes.
        changed: content !== original || line.encoding !== undefined || !isUtf8(line.bytes),
        events: events.events,
        artifacts,
        redactions: counts,
        time: events.time,
        isResult,
      };
    },

    stampOf(line) {
      // Lines that name none are parsed only once.
      if (line.oversized !== undefined || (line.encoding === undefined && !mayNameTime(line.bytes))) return undefined;
      const text = decodeText(line);
      const json = formats.repeats(text) ? undefined : asObject(parseJson(text));
      return json && formats.stampOf(json);
    },
  };
}

/** The format that a generation's lines turn out to have, which may change between sessions, and its fold. */
function createFormatChoice({ home, price, generation, agents = createSharedAgents() }: LineParserOptions) {
  const { path, attempt } = generation;
  let format: LineFormat | undefined;
  /** Of each program that wrote to the file: what it appends later follows what it wrote before. */
  const folds = new Map<LineFormat, LineFold>();
  const subAgent = subAgentIn(path);

  const formatAt = (line: JsonObject) => (format?.recognises(line) ? format : (formatOf(line) ?? format));
  const foldOf = (line: JsonObject): LineFold => {
    format = formatAt(line);
    const program = format ?? DEFAULT_FORMAT;
    const fold = folds.get(program) ?? program.begin({ home, price, file: { path, attempt, agents } });
    folds.set(program, fold);
    return fold;
  };

  return {
    /** The fold so far; undefined before the first line that is a JSON object. */
    get current(): LineFold | undefined {
      return folds.get(format ?? DEFAULT_FORMAT);
    },
    foldOf,
    /** The session that a line of the format so far belongs to, its program, and of a sub-agent's own file the sub-agent. */
    scopeOf(fold: LineFold | undefined, line: JsonObject): LineScope {
      const agent = format === DEFAULT_FORMAT ? undefined : format?.name;
      const scope = { ...(fold?.scopeOf(line) ?? NO_SCOPE), agent };
      return subAgent === undefined ? scope : { ...scope, parentToolUseId: scope.parentToolUseId ?? subAgent.taskId };
    },
    repeats: (text: string): boolean => format?.repeats?.(text) ?? false,
    /** The time that a line names which is not told yet, ms. */
    stampOf(line: JsonObject): number | undefined {
      const program = formatAt(line) ?? DEFAULT_FORMAT;
      return (folds.get(program) ?? program.begin({ home })).timeOf(line)?.ms;
    },
    /** Adds the events of one JSON value. @returns whether it ends a session */
    interpret(line: JsonObject | undefined, events: LineEvents): boolean {
      const type = asText(line?.type);
      if (line === undefined || type === undefined) {
        const what = line !== undefined ? 'an object without a type' : 'JSON that is not an object';
        events.log('WARNING', `line is ${what}`, { event_type: 'unknown_line' });
        return false;
      }
      const own = subAgent === undefined ? events : eventsOfSubAgent(events, subAgent);
      return foldOf(line).interpret(line, own);
    },
  };
}

function addEncoding(events: LineEvents, { encoding }: Line): void {
  if (encoding === undefined) return;
  const message = `the file is ${encoding.toUpperCase()}, as PowerShell writes it`;
  events.log('INFO', message, { event_type: 'encoding' });
}

/** JSON that was cut off at either end, and not just a brace in what a program says. */
const PART_OF_RECORD = /\{\s*"|["\]}\d]\s*[\]}]|"\s*[:,]|(?:true|false|null)\s*[\]}]/;

/** Tells what lies beside a line's records, or is all of it. Words beside a record are a note: a library's, or a shell's. */
function addRest(events: LineEvents, part: string, isBeside: boolean): void {
  const said = part.replaceAll('\0', '').trim();
  if (said === '') addMalformed(events, 'NUL bytes, as a power cut leaves them', part);
  else if (!isBeside) addMalformed(events, 'not JSON', part);
  else if (PART_OF_RECORD.test(said)) addMalformed(events, 'a part of a record', part);
  else events.log('INFO', said, { event_type: 'text_beside_record' });
}

function addMalformed(events: LineEvents, reason: string, text: string): void {
  const preview = firstChars(text, MALFORMED_CHARS_MAX);
  events.add('malformed_line', { reason, bytes: Buffer.byteLength(text), preview });
}

function addArtifacts(events: LineEvents, adwId: string, artifacts: readonly ArtifactUpload[]): void {
  for (const artifact of artifacts) events.add('artifact', artifactFields(adwId, artifact));
}

function oversized(line: Line, stub: ReturnType<typeof oversizedStub>, events: LineEvents): ParsedLine {
  const reason = `longer than ${LINE_BYTES_MAX / (1024 * 1024)} MiB: only its beginning was kept`;
  events.add('malformed_line', { reason, bytes: line.length, preview: firstChars(stub.preview, MALFORMED_CHARS_MAX) });
  return {
    content: stub.content,
    changed: true,
    events: events.events,
    artifacts: [],
    redactions: stub.redactions,
    time: events.time,
    isResult: false,
  };
}
