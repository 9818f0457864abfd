import type { Clock } from '../../base/clock.ts';
import { isoTime } from '../../base/clock.ts';
import { type LogFields, type Logger, loggerTo } from '../../base/log.ts';
import { type Level, lineOf, TELEMETRY } from '../../base/telemetry.ts';
import { jsonLine, safeLine } from './escape.ts';
import type { Paint, Style } from './style.ts';

const RANK: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const APPEARANCE: Readonly<Record<Level, { readonly mark: string; readonly style: Style }>> = {
  debug: { mark: '·', style: 'gray' },
  info: { mark: '›', style: 'cyan' },
  warn: { mark: '!', style: 'yellow' },
  error: { mark: '✗', style: 'red' },
};

/** How log lines are written. */
export interface LoggerOptions {
  readonly form: 'pretty' | 'plain' | 'ndjson' | 'minimal';
  /** Lines below this level are left out. */
  readonly level: Level;
  readonly paint: Paint;
  readonly clock: Clock;
  /** Takes one line without its newline. */
  readonly write: (line: string) => void;
}

/** A logger for people (pretty, plain, minimal) or programs (ndjson). Whatever it is given, no control character gets out. */
export function createLogger({ form, level: least, paint, clock, write }: LoggerOptions): Logger {
  const log = (level: Level, message: string, fields: LogFields = {}): void => {
    if (RANK[level] < RANK[least]) return;
    if (form === 'ndjson') {
      write(jsonLine({ time: isoTime(clock.now()), level, message, ...fields }));
      return;
    }
    const { mark, style } = APPEARANCE[level];
    const head = form === 'pretty' ? paint(style, mark) : `${level}:`;
    const tail = fieldText(fields);
    write(`${head} ${safeLine(message)}${tail === '' ? '' : ` ${paint('dim', tail)}`}`);
  };
  return loggerTo((name, fields) => {
    const row = TELEMETRY[name];
    const line = lineOf(row, fields);
    // Programs get every field; a person has read those of the line.
    if (form === 'ndjson') return log(row.level, line, { event: name, ...fields });
    log(row.level, line, Object.fromEntries(row.fields.map(field => [field, fields[field]])));
  });
}

function fieldText(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${safeLine(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))}`)
    .join(' ');
}
