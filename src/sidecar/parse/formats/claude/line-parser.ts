import { isUtf8 } from 'node:buffer';
import type { Phase } from '../../../../adw/phase.ts';
import { LINE_BYTES_MAX, MALFORMED_CHARS_MAX } from '../../../../event/limits.ts';
import type { ArtifactUpload, EventTime, Generation, Line, LineParser, ParsedLine } from '../../../flow.ts';
import { artifactFields } from '../../artifact.ts';
import { foreignWriter } from '../../foreign.ts';
import { asObject, asText, type JsonObject, parseJson } from '../../json.ts';
import { liftImages } from '../../lift-images.ts';
import { lineContent, oversizedStub } from '../../line-content.ts';
import { firstChars } from '../../preview.ts';
import type { Redactor } from '../../redact.ts';
import { parseTimestamp } from '../../time.ts';
import { collectLineEvents, type LineEvents, type LineScope } from './line-events.ts';
import { assistantLine, userLine } from './message.ts';
import { resultLine } from './result.ts';
import { createSession, type Session } from './session.ts';
import { otherLine, systemLine } from './system.ts';

/** What {@link createLineParser} takes. */
export interface LineParserOptions {
  readonly generation: Generation;
  /** The phase of the generation's role. */
  readonly phase: Phase | undefined;
  /** Absent: secrets stay in. */
  readonly redact: Redactor | undefined;
  /** The home directory, written as `~` in paths. */
  readonly home?: string;
  /** The workflow's worktree: paths below it are written relative to it. */
  readonly worktree?: string;
}

/** What a line's text turned out to be. */
interface Reading {
  readonly value: unknown;
  /** Text glued in front of the JSON; the whole line when there is no JSON in it. */
  readonly malformed?: string;
}

/**
 * A parser for the lines of one file generation, in order from the first. It is a pure fold: fed the same lines with
 * the same times it gives the same events, ids and contents. No line makes it throw.
 */
export function createLineParser(options: LineParserOptions): LineParser {
  const { generation, phase, redact } = options;
  const session = createSession({ worktree: options.worktree, home: options.home });

  const begin = (line: Line, time: EventTime, scope: LineScope): LineEvents => {
    const events = collectLineEvents({ generation, phase, line, time, scope, repeats: session.repeats });
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
        return oversized(
          line,
          oversizedStub(line, line.oversized.sha256, redact),
          begin(line, arrival, scopeOf({}, session)),
        );
      }
      const original = line.bytes.toString('utf8');
      const lifted = liftImages(original);
      const { text, counts } = redact?.redact(lifted.text) ?? { text: lifted.text, counts: {} };
      const { value, malformed } = read(text);
      const json = asObject(value);
      if (json !== undefined) remember(json, session);
      const events = begin(line, timeOf(json, arrival), scopeOf(json ?? {}, session));
      if (malformed !== undefined) {
        const reason = value === undefined ? 'not JSON' : 'text in front of the JSON';
        addMalformed(events, reason, malformed);
      }
      const isResult = value !== undefined && interpret(value, session, events);
      const { content, artifact } = lineContent(text);
      const artifacts = artifact === undefined ? lifted.images : [...lifted.images, artifact];
      addArtifacts(events, generation.adwId, artifacts);
      return {
        content,
        // Text of invalid UTF-8 has replacement characters where the disk has other bytes.
        changed: content !== original || !isUtf8(line.bytes),
        events: events.events,
        artifacts,
        redactions: counts,
        isResult,
      };
    },
  };
}

/** Reads a line's text as JSON, looking past a byte order mark and past text without newline glued in front of it. */
function read(text: string): Reading {
  const body = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const value = parseJson(body);
  if (value !== undefined) return { value };
  if (body.trim() === '') return { value: undefined };
  for (const opening of ['{"type":"', '{"']) {
    const at = body.indexOf(opening, 1);
    const rest = at < 0 ? undefined : parseJson(body.slice(at));
    if (rest !== undefined) return { value: rest, malformed: body.slice(0, at) };
  }
  return { value: undefined, malformed: body };
}

/** Adds the events of one JSON value. @returns whether it is a session's result */
function interpret(value: unknown, session: Session, events: LineEvents): boolean {
  const line = asObject(value);
  const type = asText(line?.type);
  if (line === undefined || type === undefined) {
    const what = line !== undefined ? 'an object without a type' : 'JSON that is not an object';
    events.log('WARNING', `line is ${what}`, { event_type: 'unknown_line' });
    return false;
  }
  const writer = foreignWriter(type, line);
  if (writer !== undefined) {
    if (!session.foreignSaid) {
      const message = `lines of ${writer}: their format is not understood, they travel raw`;
      events.log('WARNING', message, { event_type: 'unknown_format' });
    }
    session.foreignSaid = true;
    return false;
  }
  if (type === 'result') {
    resultLine(line, events);
    return true;
  }
  interpretTyped(type, line, session, events);
  return false;
}

function interpretTyped(type: string, line: JsonObject, session: Session, events: LineEvents): void {
  const message = asObject(line.message);
  if (type === 'system') systemLine(line, session, events);
  else if (type !== 'assistant' && type !== 'user') otherLine(type, line, events);
  else if (message === undefined)
    events.log('WARNING', `${type} line without a message`, { event_type: 'unknown_line' });
  else if (type === 'assistant') assistantLine(line, message, session, events);
  else userLine(line, message, session, events);
}

/** Notes what later lines need of this one before its events are made. */
function remember(line: JsonObject, session: Session): void {
  session.sessionId = shortText(line.session_id) ?? session.sessionId;
  if (line.type === 'system' && line.subtype === 'init') session.model = shortText(line.model) ?? session.model;
}

function scopeOf(line: JsonObject, session: Session): LineScope {
  return {
    sessionId: session.sessionId,
    parentToolUseId: shortText(line.parent_tool_use_id),
    model: shortText(asObject(line.message)?.model) ?? session.model,
  };
}

/** The line's own timestamp where it has one, else when it arrived. */
function timeOf(line: JsonObject | undefined, arrival: EventTime): EventTime {
  const ms = parseTimestamp(line?.timestamp);
  return ms === undefined ? arrival : { ms, timing: 'exact' };
}

function shortText(value: unknown): string | undefined {
  const text = asText(value);
  return text === undefined ? undefined : firstChars(text, 200);
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
    isResult: false,
  };
}
