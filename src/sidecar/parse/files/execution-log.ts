import { isUtf8 } from 'node:buffer';
import { createHash, type Hash } from 'node:crypto';
import type { Phase } from '../../../adw/phase.ts';
import { isoTime } from '../../../base/clock.ts';
import { decodeText } from '../../../base/text-encoding.ts';
import { sha256Hex } from '../../../event/id.ts';
import { PREVIEW_CHARS_MAX } from '../../../event/limits.ts';
import type { NewEvent } from '../../../event/schema.ts';
import type { ArtifactUpload, EventTime, Generation, Line, LineParser } from '../../flow.ts';
import { artifactFields } from '../artifact.ts';
import { collectLineEvents, createRepeatCounter, type LogLevel } from '../line-events.ts';
import type { Redactor } from '../redact.ts';

/** What {@link createExecutionLogParser} takes. */
export interface ExecutionLogParserOptions {
  readonly generation: Generation;
  readonly phase: Phase | undefined;
  readonly redact: Redactor | undefined;
}

/** The events of entries, and what of their text does not fit into them. */
export interface LogEvents {
  readonly events: readonly NewEvent[];
  readonly artifacts: readonly ArtifactUpload[];
}

/** A parser of one generation of an `execution.log`. */
export interface ExecutionLogParser extends LineParser {
  /**
   * The last entry, which no other has ended yet; call it when the file is final. Continuation lines that come
   * nevertheless make an entry of their own.
   */
  flush(): LogEvents;
  /** The first line of that entry; undefined where there is none. */
  readonly pending: Line | undefined;
}

type EntryAbout = Pick<Entry, 'level' | 'time' | 'loggedAt' | 'fileMs'>;

/** An entry whose continuation lines may still come. */
interface Entry {
  readonly first: Line;
  readonly level: LogLevel;
  readonly time: EventTime;
  readonly loggedAt: string | undefined;
  /** When its file was last written to, where no watch saw the line arrive; ms since the Unix epoch. */
  readonly fileMs: number | undefined;
  /** Lines of the message, and the characters in them. */
  readonly text: string[];
  chars: number;
  /** Bytes on disk, and their hash; no hash where a line is longer than is read. */
  length: number;
  hash: Hash | undefined;
}

/**
 * Characters from which an entry is told though no other has begun; what goes on is told as another. Prevents a log without
 * entries from filling memory.
 */
const ENTRY_CHARS_MAX = 1024 * 1024;

const NOTHING: LogEvents = { events: [], artifacts: [] };

const PYTHON = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,6}))? - (?:\S+ - )?([A-Z]+) - (.*)$/s;
/** `I, [2026-02-24T22:43:19.282838 #9907]  INFO -- : text` */
const RUBY =
  /^[A-Z], \[(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))? #\d+\]\s+([A-Z]+) -- [^:]{0,100}: (.*)$/s;

/** The levels of the two loggers in the words that readers know. */
const LEVELS: Readonly<Record<string, LogLevel>> = {
  DEBUG: 'DEBUG',
  INFO: 'INFO',
  UNKNOWN: 'INFO',
  ANY: 'INFO',
  SUCCESS: 'SUCCESS',
  WARN: 'WARNING',
  WARNING: 'WARNING',
  ERROR: 'ERROR',
  CRITICAL: 'ERROR',
  FATAL: 'ERROR',
};

/**
 * A parser for `execution.log`: one `agent_log` per entry, made when the next entry begins; lines that begin none
 * belong to the entry before. An entry's id comes from the offset of its first line.
 *
 * The log's times are local and name no zone, so they are never `exact`: where the arrival was observed it is better;
 * elsewhere the written time is read in this machine's zone and called `estimated`, and `file_written_at` says when the
 * file was last written to.
 */
export function createExecutionLogParser({ generation, phase, redact }: ExecutionLogParserOptions): ExecutionLogParser {
  const repeats = createRepeatCounter();
  const clean = createLineCleaner(redact);
  let open: Entry | undefined;

  const finish = (): LogEvents => {
    if (open === undefined) return NOTHING;
    const { first, level, time, loggedAt, fileMs, text, length, hash } = open;
    open = undefined;
    const scope = { sessionId: undefined, parentToolUseId: undefined, model: undefined };
    const line = { ...first, length };
    const events = collectLineEvents({ generation, phase, line, time, scope, repeats });
    const message = text.join('\n').replace(/^\n+/, '').trimEnd();
    const whole = message.length > PREVIEW_CHARS_MAX ? wholeOf(message) : undefined;
    events.log(level, message, {
      event_type: 'execution_log',
      logged_at: loggedAt ?? null,
      lines: text.length,
      ...(hash === undefined ? {} : { sha256: hash.digest('hex') }),
      ...(fileMs === undefined ? {} : { file_written_at: isoTime(fileMs) }),
      ...(whole === undefined ? {} : { artifact: whole.path }),
    });
    if (whole !== undefined) events.add('artifact', artifactFields(generation.adwId, whole));
    return { events: events.events, artifacts: whole === undefined ? [] : [whole] };
  };

  return {
    parse(line, arrival) {
      const original = decodeText(line);
      const { text: content, counts } = clean(original);
      const entry = readEntry(content, line, arrival);
      let told = NOTHING;
      if (entry !== undefined || open === undefined || open.chars > ENTRY_CHARS_MAX) {
        const before = open ?? { level: 'INFO' as const, time: arrival, loggedAt: undefined, fileMs: undefined };
        told = finish();
        open = entry ?? startEntry(line, content.trimEnd(), before);
      } else {
        extend(open, line, content.trimEnd());
      }
      const changed = content !== original || !isUtf8(line.bytes) || line.oversized !== undefined;
      return { content, changed, ...told, redactions: counts, time: arrival, isResult: false };
    },
    // Its times name no zone.
    stampOf: () => undefined,
    flush: finish,
    get pending() {
      return open?.first;
    },
  };
}

/** The entry that a line begins; undefined for a continuation line. */
function readEntry(text: string, line: Line, arrival: EventTime): Entry | undefined {
  const match = PYTHON.exec(text) ?? RUBY.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const millisecond = Math.floor(Number(`0.${match[7] ?? 0}`) * 1000);
  const ms = new Date(year, month - 1, day, hour, minute, second, millisecond).getTime();
  const isSeen = arrival.timing === 'observed' || Number.isNaN(ms);
  const time: EventTime = isSeen ? arrival : { ms, timing: 'estimated' };
  const fileMs = isSeen || arrival.ms === 0 ? undefined : arrival.ms;
  const loggedAt = `${match.slice(1, 4).join('-')} ${match.slice(4, 7).join(':')}`;
  return startEntry(line, match[9]?.trimEnd() ?? '', {
    level: LEVELS[match[8] ?? ''] ?? 'INFO',
    time,
    loggedAt,
    fileMs,
  });
}

function startEntry(first: Line, text: string, { level, time, loggedAt, fileMs }: EntryAbout): Entry {
  const entry: Entry = {
    first,
    level,
    time,
    loggedAt,
    fileMs,
    text: [],
    chars: 0,
    length: 0,
    hash: createHash('sha256'),
  };
  extend(entry, first, text);
  return entry;
}

function extend(entry: Entry, line: Line, text: string): void {
  entry.text.push(text);
  entry.chars += text.length + 1;
  entry.length += line.length;
  if (line.oversized !== undefined) entry.hash = undefined;
  const end = line.length - line.bytes.length;
  entry.hash?.update(line.bytes).update(end === 2 ? '\r\n' : end === 1 ? '\n' : '');
}

/** An entry that its event does not hold whole, as an artifact. */
function wholeOf(message: string): ArtifactUpload {
  const bytes = Buffer.from(message);
  const sha256 = sha256Hex(bytes);
  return { path: `lines/${sha256}.txt`, sha256, mediaType: 'text/plain; charset=utf-8', bytes };
}

/** Redacts line by line, but remembers a private key that began on an earlier line. */
function createLineCleaner(redact: Redactor | undefined): Redactor['redact'] {
  let insideKey = false;
  return text => {
    if (redact === undefined) return { text, counts: {} };
    if (insideKey) {
      insideKey = !text.includes('-----END');
      return { text: '[redacted:private-key]', counts: {} };
    }
    const begin = text.lastIndexOf('PRIVATE KEY-----');
    insideKey = begin >= 0 && text.lastIndexOf('-----BEGIN') > text.lastIndexOf('-----END');
    return redact.redact(text);
  };
}
