import { decodeFile, decodeText, type EncodedText, encodingOf } from '../../../base/text-encoding.ts';
import { asObject, type JsonObject, parseJson } from '../json.ts';
import type { LineEvents } from '../line-events.ts';
import type { DescribedAgent, LineFormat } from '../line-format.ts';
import { readRecords } from '../records.ts';
import { claude } from './claude/format.ts';
import { codex } from './codex/format.ts';
import { gemini } from './gemini/format.ts';
import { opencode } from './opencode/format.ts';
import { pi } from './pi/format.ts';

/** The formats that are understood; the first that recognises a line is asked no further. */
export const FORMATS: readonly LineFormat[] = [claude, codex, gemini, opencode, pi];

/** What lines are taken for that no format recognises. */
export const DEFAULT_FORMAT: LineFormat = claude;

/** The format that a line has beyond doubt; undefined where none says so. */
export function formatOf(line: JsonObject): LineFormat | undefined {
  return FORMATS.find(format => format.recognises(line));
}

/** What a file beside a stream says of a sub-agent, where a format knows such files. */
export function agentIn(path: string, text: string): DescribedAgent | undefined {
  for (const format of FORMATS) {
    const found = format.agentIn?.(path, text);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Tells of the line that ends a session, where it lies in a file of its own and a format knows it. */
export function tellResult(line: JsonObject, events: Pick<LineEvents, 'add' | 'log'>): void {
  for (const format of FORMATS) if (format.tellResult?.(line, events)) return;
}

/** Members by which any format names a time: nearly all lines without one lack them, and are not parsed to look for it. */
const TIME_WORDS = [...new Set(FORMATS.flatMap(({ words }) => words.time))];
/** Those by which it names a time, or says how long a session took. */
const END_WORDS = [...new Set(FORMATS.flatMap(({ words }) => [...words.time, ...words.session]))];

/** Whether a line, or a line in a text, may name a time. */
export function mayNameTime(text: string | Buffer): boolean {
  return TIME_WORDS.some(word => text.includes(word));
}

/** What a file's last bytes say of the whole. */
export interface FileEnd {
  /** How long the last session took that ends there, ms. */
  readonly sessionMs: number | undefined;
  /** The last time that a line names, ms since the epoch. */
  readonly stampMs: number | undefined;
  /** Bytes of the last line, its newline included; all that there are where none begins among them. */
  readonly lastLineBytes: number;
}

const NEWLINE = 0x0a;

/** Reads a file's end from its last bytes, which may begin in the middle of a line. */
export function endOfFile(tail: EncodedText): FileEnd {
  let sessionMs: number | undefined;
  let stampMs: number | undefined;
  for (const text of timeLinesOf(tail)) {
    const records = readRecords(text, value => formatOf(value) !== undefined).values;
    for (const line of records.map(asObject).reverse()) {
      if (line === undefined) continue;
      const format = formatOf(line) ?? DEFAULT_FORMAT;
      sessionMs ??= format.sessionMs(line);
      stampMs ??= format.begin({ home: undefined }).timeOf(line)?.ms;
    }
    if (sessionMs !== undefined && stampMs !== undefined) break;
  }
  return { sessionMs, stampMs, lastLineBytes: lastLineOf(tail) };
}

/** The lines that may tell a time, the last one first. No others are decoded: of a thousand short files the ends are nearly all. */
function* timeLinesOf(tail: EncodedText): Iterable<string> {
  const { bytes, encoding = 'utf-8' } = tail;
  const tells = (line: string | Buffer) => END_WORDS.some(word => line.includes(word));
  if (encoding !== 'utf-8') {
    yield* decodeText(tail).split('\n').reverse().filter(tells);
    return;
  }
  for (let end = bytes.length; end > 0; ) {
    const newline = bytes.lastIndexOf(NEWLINE, end - 1);
    const line = bytes.subarray(newline + 1, end);
    if (tells(line)) yield line.toString();
    end = newline;
  }
}

function lastLineOf(tail: EncodedText): number {
  const { bytes, encoding = 'utf-8' } = tail;
  if (encoding === 'utf-8') return bytes.length - 1 - bytes.lastIndexOf(NEWLINE, -2);
  const text = decodeText(tail);
  return 2 * (text.length - 1 - text.lastIndexOf('\n', text.length - 2));
}

/** The first time that a line names, ms since the epoch; undefined where none does. @param head a file's first bytes */
export function firstStampIn(head: Buffer): number | undefined {
  if (encodingOf(head) === 'utf-8' && !mayNameTime(head)) return undefined;
  const all = decodeFile(head);
  if (!mayNameTime(all)) return undefined;
  for (const text of all.split('\n')) {
    const line = asObject(parseJson(text));
    const ms = line && (formatOf(line) ?? DEFAULT_FORMAT).begin({ home: undefined }).timeOf(line)?.ms;
    if (ms !== undefined) return ms;
  }
  return undefined;
}
