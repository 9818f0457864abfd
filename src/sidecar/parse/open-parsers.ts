import type { Phase } from '../../adw/phase.ts';
import { Diagnostics } from './files/diagnostics.ts';
import { RunRecordParser } from './files/run-record.ts';
import { WholeFileParser } from './files/whole-file-parser.ts';
import { listPrices } from './price.ts';
import { createRedactor } from './redact.ts';
import { StreamParser } from './stream-parser.ts';

/** What {@link openParsers} takes. */
export interface ParserOptions {
  readonly adwId: string;
  readonly phaseMap: Readonly<Record<string, Phase>>;
  readonly redact: boolean;
  /** Additional redaction patterns: name → regular expression source. */
  readonly redactPatterns: Readonly<Record<string, string>>;
  /** The home directory, written as `~` in paths. */
  readonly home: string;
  /** Most lines in one unit; absent for as many as fit. */
  readonly linesMax?: number;
}

/** What makes events of one ADW: of lines, of whole files, and of what cannot be read. They redact alike. */
export interface Parsers {
  readonly streams: StreamParser;
  readonly files: WholeFileParser;
  readonly records: RunRecordParser;
  readonly diagnostics: Diagnostics;
  /** Whether something waits to be told. @param logs the folds of logs, whose last entry may go on */
  isPending(logs: Iterable<object>): boolean;
  /** Everything but lines is told again: the log that knew it is gone. */
  forget(): void;
}

/** The parsers of one ADW. @throws AdwStreamError invalid_option for a redaction pattern that cannot be used */
export function openParsers({ redact, redactPatterns, ...options }: ParserOptions): Parsers {
  const redactor = redact ? createRedactor({ patterns: redactPatterns }) : undefined;
  const streams = new StreamParser({ ...options, redact: redactor, price: listPrices() });
  const files = new WholeFileParser({ ...options, redact: redactor, agents: streams.agents });
  const records = new RunRecordParser({ adwId: options.adwId, redact: redactor });
  const diagnostics = new Diagnostics(options);
  const isPending = (logs: Iterable<object>) => {
    if (diagnostics.isPending) return true;
    for (const fold of logs) if (streams.hasPending(fold)) return true;
    return false;
  };
  const forget = () => {
    files.forget();
    records.forget();
  };
  return { streams, files, records, diagnostics, isPending, forget };
}
