import { REFUSALS } from './refusal.ts';

/**
 * Every log line of the program, by name: level, line, fields, and the counter that `/metrics` keeps of it.
 * `docs/operations.md` has the same table. Nothing else is logged: a new line begins as a row here.
 */

/** How much a line matters: `debug` lines are shown with `--verbose` only. */
export type Level = 'debug' | 'info' | 'warn' | 'error';

/** A counter of `/metrics` that follows from log lines. */
export interface ReportMetric {
  readonly name: string;
  readonly help: string;
  /** The field whose value is the counter's label. */
  readonly label?: string;
  /** Values of the label that are known before they come: each is 0 from the start, so that its first step can be seen. */
  readonly values?: readonly string[];
  /** The field whose value is added; one when absent. */
  readonly add?: string;
}

/** One named line. */
export interface TelemetryRow {
  readonly level: Level;
  /** The line; a field's value stands for `{field}`. */
  readonly line: string;
  /** Fields beside those of the line. */
  readonly fields: readonly string[];
  readonly metric: ReportMetric | undefined;
}

/** Row, with the names of its fields as a type. */
interface Row<Field extends string> extends TelemetryRow {
  readonly fields: readonly Field[];
}

/** The names in braces of a line. */
type Placeholder<Line extends string> = Line extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholder<Rest>
  : never;

interface More<Field extends string> {
  readonly fields?: readonly Field[];
  readonly metric?: ReportMetric;
}

function row<const Line extends string, const Field extends string = never>(
  level: Level,
  line: Line,
  { fields = [], metric }: More<Field> = {},
): Row<Placeholder<Line> | Field> {
  return { level, line, fields, metric };
}

/** The rows, by name: the server's, the sidecar's, then the command's. */
export const TELEMETRY = {
  // the server
  request_answered: row('debug', 'answered', { fields: ['method', 'route', 'status', 'ms', 'client'] }),
  request_failed: row('error', 'Failed to answer a request: {error}', {
    fields: ['method', 'route', 'stack'],
    metric: { name: 'adw_stream_requests_failed_total', help: 'Requests that the server failed to answer.' },
  }),
  // Counted one by one, as they happen; the two warnings about them come once a minute at most.
  refusal: row('debug', 'Refused: {kind}', {
    fields: ['client'],
    metric: {
      name: 'adw_stream_requests_refused_total',
      help: 'Requests, messages and connections refused, by kind.',
      label: 'kind',
      values: Object.keys(REFUSALS),
    },
  }),
  request_refused: row('warn', 'Refused a request ({kind}).', { fields: ['client'] }),
  requests_refused: row('warn', 'Refused {count} more requests ({kind}) within a minute.', { fields: ['client'] }),
  events_refused: row('debug', 'Events were refused as invalid.', {
    fields: ['count', 'first'],
    metric: { name: 'adw_stream_events_rejected_total', help: 'Events refused as invalid.', add: 'count' },
  }),
  append_refused: row('debug', 'An append stored nothing: {error}', {
    fields: ['reason'],
    metric: { name: 'adw_stream_batches_refused_total', help: 'Appends that stored nothing.', label: 'reason' },
  }),
  retention_removed: row('info', 'Retention removed {events} events.', {
    metric: { name: 'adw_stream_events_removed_total', help: 'Events that retention removed.', add: 'events' },
  }),
  retention_failed: row('warn', 'Retention failed, it will try again: {error}'),
  fold_failed: row('error', 'Could not fold the log into states: {error}'),
  states_failed: row('warn', 'Could not keep the states of ADWs: {error}'),
  otlp_sent: row('debug', 'Sent {spans} spans.', {
    metric: { name: 'adw_stream_otlp_spans_sent_total', help: 'Spans that the collector took.', add: 'spans' },
  }),
  otlp_refused: row('warn', 'The collector refused {spans} spans, which are left out: {reason}', {
    metric: { name: 'adw_stream_otlp_spans_refused_total', help: 'Spans that the collector refused.', add: 'spans' },
  }),
  otlp_partly_taken: row('warn', 'The collector left out {spans} spans: {reason}', {
    metric: { name: 'adw_stream_otlp_spans_rejected_total', help: 'Spans left out of what it took.', add: 'spans' },
  }),
  otlp_unavailable: row('warn', 'The collector does not take {signal} ({reason}); trying again.'),
  otlp_recovered: row('info', 'The collector takes {signal} again.'),
  otlp_metrics_stopped: row('warn', 'The collector takes no metrics ({reason}); none are sent.'),
  otlp_log_other: row('warn', 'The log is another one than spans were sent of: going on behind seq {seq}.'),
  otlp_removed_unsent: row('warn', 'Retention removed {adw_id} before all its spans were sent.'),
  lease_unknown: row('warn', 'It is not known which server does {name}: {error}'),
  lease_work_failed: row('error', 'Stopped doing {name}, and will begin again: {error}'),
  alarm_raised: row('warn', 'Alarm {rule}: {message}', {
    fields: ['adw_id', 'when', 'event_id'],
    metric: {
      name: 'adw_stream_alarms_raised_total',
      help: 'Alarms raised, by what their rules look for.',
      label: 'when',
    },
  }),
  alarm_sent: row('info', 'The action {action} took the alarm {rule} of {adw_id}.', {
    fields: ['attempts'],
    metric: { name: 'adw_stream_alarms_sent_total', help: 'Alarms that an action took.', label: 'action' },
  }),
  alarm_not_sent: row('warn', 'The action {action} did not take the alarm {rule} of {adw_id} ({said}), trying again.', {
    metric: {
      name: 'adw_stream_alarms_retried_total',
      help: 'Alarms that an action did not take at once.',
      label: 'action',
    },
  }),
  alarm_given_up: row('error', 'The alarm {rule} of {adw_id} is not sent by {action}: {said}.', {
    metric: { name: 'adw_stream_alarms_given_up_total', help: 'Alarms that an action never took.', label: 'action' },
  }),
  alarms_failed: row('error', 'Could not look after alarms, trying again: {error}'),
  close_failed: row('warn', 'Could not close what was open: {error}'),
  subscriber_closed: row('debug', 'Closed a subscriber: {reason}', {
    fields: ['code', 'connection'],
    metric: {
      name: 'adw_stream_subscribers_closed_total',
      help: 'Subscribers that the server closed, by close code.',
      label: 'code',
    },
  }),
  subscriber_failed: row('error', 'A subscriber could not be served from the log: {error}', { fields: ['connection'] }),
  message_failed: row('error', 'A message of a client could not be handled: {error}'),
  websocket_failed: row('debug', 'A WebSocket failed: {error}', { fields: ['connection'] }),
  log_reader_failed: row('error', 'A reader of the log failed: {error}'),
  store_degraded: row('error', 'The store is degraded: {reason}', { fields: ['cause'] }),
  store_recovered: row('info', 'The store takes writes again.'),
  artifact_damaged: row(
    'error',
    'The artifact {path} is missing, or was changed on the disk: it is stored again when it is sent again.',
    { fields: ['adw_id', 'sha256'] },
  ),
  log_replaced: row('warn', 'The log is not the one that was here before: readers begin anew.', {
    fields: ['last_seq', 'last_seq_before'],
  }),
  log_not_private: row('warn', 'Others may read {file}, which belongs to the log.', { fields: ['reason'] }),
  few_descriptors: row(
    'warn',
    'Few file descriptors: raise their limit (ulimit -n), or later connections are closed at once.',
    {
      fields: ['descriptors', 'connections_max'],
    },
  ),
  wal_left: row('warn', 'The write-ahead log is left for the next start: {error}'),
  indexing_postponed: row('warn', 'Full-text indexing is postponed: {error}'),
  broker_unavailable: row('warn', 'JetStream is not available: {reason}'),
  broker_recovered: row('info', 'JetStream answers again.'),
  broker_log_lost: row('warn', 'Lost the log, looking for it again: {error}'),
  log_lost: row('error', 'The log is gone, or another one lies in its place: readers begin anew.'),
  log_not_found_again: row('error', 'The log cannot be opened again, trying on: {error}'),
  broker_foreign_message: row('warn', 'Message {seq} of the stream is none of ours: who may publish there?'),
  snapshots_unread: row('warn', 'Starts without snapshots of ADWs, and reads the log instead: {error}'),

  // the sidecar
  server_unavailable: row('warn', '{server} does not take events ({failure}); trying again.'),
  server_refuses: row('warn', '{server} {failure}; trying again, at most a minute apart.'),
  server_recovered: row('info', '{server} answers again.'),
  log_new: row('warn', 'The server has a new log; delivering everything again.'),
  route_missing: row('warn', 'The server has no route {route}; what would go there is left out.'),
  event_refused: row('warn', 'The server refused an event ({reason}); refused events are kept in {path}.'),
  artifact_refused: row('warn', '{path} was not stored: {error}'),
  dead_letter_lost: row('error', 'Refused events could not be kept in {path}: {error}'),
  dead_letter_unread: row('warn', '{path}:{line} is not a dead letter; passed over.'),
  watch_taken_over: row('warn', 'Another watcher has taken this ADW over; stopping.'),
  file_events_unavailable: row('warn', 'File system events are not available ({error}); polling instead.{hint}'),
  file_events_missing: row(
    'warn',
    'Files grow without file system events (a network or container mount?); polling instead. --no-fs-events says so from the start.',
  ),
  file_unreadable: row('warn', '{path} cannot be read ({code}).{hint}'),
  file_failed: row('warn', '{path} cannot be read: {error}'),
  file_too_large: row('warn', '{path} is too large to be shown ({bytes} bytes).'),
  files_closed: row(
    'warn',
    'There are more streams than {descriptors} descriptors leave room for: those opened longest ago are closed, and opened again when they are read. Raise the limit (ulimit -n).',
  ),
  bytes_lost: row('warn', '{path} was rewritten; {bytes} bytes could not be read before.'),
  position_disputed: row(
    'warn',
    "{path}: {what}. Another host's file, a rewrite, or a position made up? It is delivered as another attempt.",
  ),
  checkpoint_unread: row('warn', 'Checkpoint not read: {error}'),
  checkpoint_damaged: row('warn', 'The checkpoint {path} {why}; moved to {aside}, asking the server instead.'),
  checkpoint_not_moved: row('warn', 'Checkpoint not moved: {error}'),
  checkpoint_unsaved: row('warn', 'Checkpoint not saved (delivery goes on): {error}'),
  state_moved: row('info', 'Moved what {from} held of {adw_id} to {to}.'),
  state_not_moved: row('warn', 'State of an earlier version is not taken over: {error}.'),
  journal_damaged: row('warn', 'The journal {path} is damaged; {where}. Times of what came before are estimated.'),
  journal_not_moved: row('warn', 'Journal not moved: {error}'),
  journal_unsaved: row('warn', 'Arrival times not written down (delivery goes on): {error}'),
  journal_not_rotated: row('warn', 'Arrival journal not rotated: {error}'),
  journal_unread: row('warn', 'Arrival times not read: {error}'),

  // the command
  closing: row('info', 'closing'),
  setting_unknown: row('warn', '{name} is not a setting of adw-stream.{hint}'),
  redaction_off: row('warn', '{file} switches redaction off: secrets are sent as they are.'),
  output_lost: row('warn', 'stdout cannot be written ({error}). Going on without it.'),
  progress: row('info', '{title}: {words}'),
  past_left_out: row('info', 'The oldest {events} are not shown; adw-stream tail {adw_id} has them.'),
  export_differs: row('warn', 'The record of {path} is not whole from byte {offset} on: {what}'),
  summary_lag: row('warn', '{adw_id}: {bytes} in {files} not yet in the log; run it again to deliver'),
  summary_refused: row('warn', '{adw_id}: {events} refused by the server'),
  summary_lost: row('warn', '{adw_id}: {bytes} rewritten before they could be read'),
  summary_disputed: row(
    'warn',
    '{adw_id}: the log holds other bytes under the names of {files}; delivered as other attempts',
  ),
  summary_retried: row('warn', '{adw_id}: {retries} of deliveries'),
  summary_redacted: row('warn', '{adw_id}: secrets redacted: {kinds}'),
  watch_started: row('info', 'watching {adw_id}', { fields: ['server'] }),
  watch_all_started: row('info', 'watching every ADW in {agents_dir}', { fields: ['server'] }),
  watch_one_of_all: row('debug', 'watching {adw_id}'),
  watch_failed: row('error', '{adw_id} is not watched: {error}'),
  watch_empty: row('warn', '{adw_id} has left nothing yet; waiting for it.{hint}'),
  watch_ended_before: row('info', '{adw_id} has ended before: {status}; {until}'),
  watch_stalled: row('warn', '{adw_id} is stalled: {why}'),
  wrapped_not_run: row('warn', 'Asked to stop before the command was run: it is not.'),
  wrapped_not_streamed: row('error', '{adw_id} is not streamed: {error}'),
} as const;

/** A name of {@link TELEMETRY}. */
export type ReportName = keyof typeof TELEMETRY;

/** The fields of a named line. */
export type ReportFields<Name extends ReportName> =
  (typeof TELEMETRY)[Name] extends Row<infer Field> ? { readonly [Each in Field]: unknown } : never;

/** The words of a line, its fields put in: neither cut nor made safe for a terminal. */
export function lineOf({ line }: TelemetryRow, fields: Readonly<Record<string, unknown>>): string {
  return line.replace(/\{(\w+)\}/g, (_, name: string) => String(fields[name]));
}
