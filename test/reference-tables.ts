import { ERRORS, ExitCode } from '../src/base/errors.ts';
import { TELEMETRY, type TelemetryRow } from '../src/base/telemetry.ts';
import { EXIT_MEANINGS } from '../src/cli/commands.ts';
import { environmentNames, OPTION_KEYS, OPTION_SPECS, type OptionKey } from '../src/cli/options.ts';
import { expectationOf } from '../src/cli/schema.ts';

/** The tables that documents and code share, as the documents must have them. */

/** A row of docs/configuration.md. */
function optionRow(key: OptionKey): string {
  const spec = OPTION_SPECS[key];
  const flags = spec.flags === undefined ? '–' : code(spec.flags);
  const name = spec.flagOnly ? '–' : code(key);
  const env = environmentNames(key).map(code).join(', ') || '–';
  const fallback = spec.kind === 'switch' ? '' : (spec.default ?? spec.defaultNote ?? '');
  const cells = [flags, name, env, expectationOf(spec), String(fallback) || '–', spec.describe];
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** All rows of docs/configuration.md. */
export function optionTable(): string {
  return OPTION_KEYS.map(optionRow).join('\n');
}

/** All rows of docs/errors.md. */
export function errorTable(): string {
  return Object.entries(ERRORS)
    .map(([name, { status, exit, retryable, hint }]) => {
      const cells = [code(name), status === 0 ? '–' : status, exit, retryable ? 'yes' : 'no', hint];
      return `| ${cells.join(' | ')} |`;
    })
    .join('\n');
}

/** All rows of the table of exit codes. */
export function exitTable(): string {
  return Object.entries(ExitCode)
    .map(([name, number]) => `| ${number} | ${EXIT_MEANINGS[name as keyof typeof ExitCode]} |`)
    .join('\n');
}

/** All rows of the table of log lines in docs/operations.md. */
export function telemetryTable(): string {
  return (Object.entries(TELEMETRY) as [string, TelemetryRow][])
    .map(([name, { level, line, fields, metric }]) => {
      const label = metric?.label === undefined ? '' : `{${metric.label}}`;
      const cells = [name, line].map(code).concat(fields.map(code).join(', ') || '–');
      return `| ${[level, ...cells, metric === undefined ? '–' : code(metric.name + label)].join(' | ')} |`;
    })
    .join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
