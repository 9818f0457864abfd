import { asObject, type JsonObject, parseJson } from '../json.ts';
import type { LineFormat } from '../line-format.ts';
import { claude } from './claude/format.ts';

/** The formats that are understood; the first that recognises a line is asked no further. */
const FORMATS: readonly LineFormat[] = [claude];

/** What lines are taken for that no format recognises. */
export const DEFAULT_FORMAT: LineFormat = claude;

/** The format that a line has beyond doubt; undefined where none says so. */
export function formatOf(line: JsonObject): LineFormat | undefined {
  return FORMATS.find(format => format.recognises(line));
}

/**
 * How long the last session took that ends among a file's last bytes, ms; undefined when none does. `tail` may begin in
 * the middle of a line.
 */
export function resultDurationOf(tail: Buffer): number | undefined {
  for (const text of tail.toString('utf8').split('\n').reverse()) {
    const line = asObject(parseJson(text));
    if (line === undefined) continue;
    for (const format of FORMATS) {
      const ms = format.sessionMs(line);
      if (ms !== undefined) return ms;
    }
  }
  return undefined;
}
