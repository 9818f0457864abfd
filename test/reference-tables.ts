import { ERRORS, ExitCode } from '../src/base/errors.ts';
import { REFUSALS } from '../src/base/refusal.ts';
import { TELEMETRY, type TelemetryRow } from '../src/base/telemetry.ts';
import { EXIT_MEANINGS } from '../src/cli/commands.ts';
import { environmentNames, OPTION_KEYS, OPTION_SPECS, type OptionKey } from '../src/cli/options.ts';
import { expectationOf } from '../src/cli/schema.ts';
import * as wire from '../src/event/limits.ts';
import { EXPORTS_MAX } from '../src/server/api/export.ts';
import { SEARCH_HITS_MAX } from '../src/server/api/search.ts';
import { FANOUT_LIMITS } from '../src/server/fanout/limits.ts';
import * as connections from '../src/server/security/limits.ts';

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

/** All rows of the table of refusals in docs/operations.md. */
export function refusalTable(): string {
  return Object.entries(REFUSALS)
    .map(([kind, what]) => `| ${code(kind)} | ${what} |`)
    .join('\n');
}

/** The table of limits in docs/protocol.md, without the harm that each prevents. */
export function wireLimits(): string[][] {
  const { messagesPerSecond, messagesBurst, subscriptionsMax } = FANOUT_LIMITS;
  return [
    ['text in a typed event', `${count(wire.PREVIEW_CHARS_MAX)} characters`],
    ['raw chunk', `${bytes(wire.CHUNK_BYTES_MAX)} unless one line alone is longer`],
    ['line inside a chunk', `${bytes(wire.LINE_INLINE_BYTES_MAX)}; longer ones travel as an artifact`],
    ['body of a request', `${bytes(wire.BODY_BYTES_MAX)}, packed or unpacked: 413`],
    ['events in a request', `${count(wire.BATCH_EVENTS_MAX)}: 413`],
    [
      'keys and values of an event, or of a message over WebSocket',
      `${count(wire.EVENT_VALUES_MAX)}: rejected by index, or an error`,
    ],
    ['keys and values of a batch that is a JSON array', `${count(wire.BATCH_VALUES_MAX)}: 413`],
    ['artifact', `${bytes(wire.ARTIFACT_BYTES_MAX)}: 413`],
    ['WebSocket frame from a client', `${bytes(wire.FRAME_BYTES_MAX)}: close 1009`],
    [
      'messages of a WebSocket client',
      `${messagesPerSecond} a second, and ${messagesBurst} at once: an error; after ${messagesBurst} refused in a row close 1008`,
    ],
    ['subscriptions of a connection', `${subscriptionsMax}: an error`],
    ['page of events', `${count(wire.PAGE_EVENTS_MAX)}, or ${bytes(wire.PAGE_CHARS_MAX)} and an event`],
    ['hits that a search over all runs counts', `${SEARCH_HITS_MAX}; then \`next\``],
    ['exports made at once', `${EXPORTS_MAX}: 429 with \`Retry-After\``],
    ['headers of a request', `${bytes(connections.HEADER_BYTES_MAX)}: 431`],
    ['requests a minute and address', '`--rate-limit`: 429 with `Retry-After`'],
    ['unsent bytes to a subscriber', `${bytes(FANOUT_LIMITS.bufferBytesMax)}, then it is served from the log`],
  ];
}

/** The table of limits in docs/operations.md, without the harm that each prevents. */
export function connectionLimits(): string[][] {
  const { CONNECTIONS_MAX, DESCRIPTORS_KEPT } = connections;
  return [
    ['headers have to arrive within', seconds(connections.HEADERS_TIMEOUT_MS)],
    ['a whole request within', seconds(connections.REQUEST_TIMEOUT_MS)],
    ['idle connections are kept for', seconds(connections.KEEP_ALIVE_MS)],
    ['headers', bytes(connections.HEADER_BYTES_MAX)],
    ['open connections', `${count(CONNECTIONS_MAX)}, or ${DESCRIPTORS_KEPT} fewer than the process may open files`],
    [
      'wrong tokens a minute and address',
      `${connections.WRONG_TOKENS_PER_MINUTE}; each further one waits ${seconds(connections.WRONG_TOKEN_DELAY_MS)}`,
    ],
    ['addresses that are counted at once', count(connections.COUNTED_CLIENTS_MAX)],
  ];
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}

function bytes(number: number): string {
  return number % 2 ** 20 === 0 ? `${number / 2 ** 20} MiB` : `${number / 2 ** 10} KiB`;
}

function seconds(ms: number): string {
  return `${ms / 1_000} s`;
}

function code(text: string): string {
  return `\`${text}\``;
}
