import type { ReportFields, ReportName } from './telemetry.ts';

/** The arguments of a report: its name, and its fields where it has some. */
export type ReportArguments<Name extends ReportName> = keyof ReportFields<Name> extends never
  ? [name: Name]
  : [name: Name, fields: ReportFields<Name>];

/** Where a part of the program says what it does, in lines of `base/telemetry.ts`. The command writes them to stderr. */
export interface Logger {
  report<Name extends ReportName>(...report: ReportArguments<Name>): void;
}

/** Structured particulars of one log line. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Hands a report on whose name and fields belong together, which the compiler cannot see once they are apart. */
export function forwardReport(log: Logger, name: ReportName, fields: LogFields): void {
  (log.report as (name: ReportName, fields: LogFields) => void)(name, fields);
}

/** A logger that hands every report to `take`. */
export function loggerTo(take: (name: ReportName, fields: LogFields) => void): Logger {
  return { report: (name: ReportName, fields: LogFields = {}) => take(name, fields) };
}

/** A logger that says nothing. */
export const silentLogger: Logger = loggerTo(() => undefined);
