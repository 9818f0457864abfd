import { decodeFile, decodeText, type EncodedText } from '../../../base/text-encoding.ts';
import { asObject, type JsonObject, parseJson } from '../json.ts';
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

/** What a file's last bytes say of the whole. */
export interface FileEnd {
  /** How long the last session took that ends there, ms. */
  readonly sessionMs: number | undefined;
  /** The last time that a line names, ms since the epoch. */
  readonly stampMs: number | undefined;
  /** Bytes of the last line, its newline included; all that there are where none begins among them. */
  readonly lastLineBytes: number;
}

/** Members by which the formats tell times and durations: nearly all lines without either lack these words, and are not parsed. */
const TIME_WORDS = ['"timestamp"', '"duration_ms"'];

/** Reads a file's end from its last bytes, which may begin in the middle of a line. */
export function endOfFile(tail: EncodedText): FileEnd {
  let sessionMs: number | undefined;
  let stampMs: number | undefined;
  const all = decodeText(tail);
  for (const text of all.split('\n').reverse()) {
    if (!TIME_WORDS.some(word => text.includes(word))) continue;
    const records = readRecords(text, value => formatOf(value) !== undefined).values;
    for (const line of records.map(asObject).reverse()) {
      if (line === undefined) continue;
      const format = formatOf(line) ?? DEFAULT_FORMAT;
      sessionMs ??= format.sessionMs(line);
      stampMs ??= format.begin({ home: undefined }).timeOf(line)?.ms;
    }
    if (sessionMs !== undefined && stampMs !== undefined) break;
  }
  return { sessionMs, stampMs, lastLineBytes: lastLineOf(all, tail) };
}

function lastLineOf(text: string, { bytes, encoding = 'utf-8' }: EncodedText): number {
  if (encoding === 'utf-8') return bytes.length - 1 - bytes.lastIndexOf(0x0a, -2);
  return 2 * (text.length - 1 - text.lastIndexOf('\n', text.length - 2));
}

/** The first time that a line names, ms since the epoch; undefined where none does. @param head a file's first bytes */
export function firstStampIn(head: Buffer): number | undefined {
  // Nearly all files without a time lack the word.
  const all = decodeFile(head);
  if (!all.includes('"timestamp"')) return undefined;
  for (const text of all.split('\n')) {
    const line = asObject(parseJson(text));
    const ms = line && (formatOf(line) ?? DEFAULT_FORMAT).begin({ home: undefined }).timeOf(line)?.ms;
    if (ms !== undefined) return ms;
  }
  return undefined;
}
