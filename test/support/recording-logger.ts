import { type Logger, loggerTo } from '../../src/base/log.ts';
import { type Level, lineOf, type ReportName, TELEMETRY } from '../../src/base/telemetry.ts';

/** One line that was logged. */
export interface Recorded {
  readonly name: ReportName;
  readonly level: Level;
  readonly line: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A logger that keeps what it is told, in order. */
export function recordingLogger(): { readonly log: Logger; readonly recorded: Recorded[] } {
  const recorded: Recorded[] = [];
  const log = loggerTo((name, fields) => {
    const row = TELEMETRY[name];
    recorded.push({ name, level: row.level, line: lineOf(row, fields), fields });
  });
  return { log, recorded };
}
