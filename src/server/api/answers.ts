import { z } from 'zod';
import { WORD_FIELDS, type WordField } from '../../adw/row-columns.ts';
import { ERRORS } from '../../base/errors.ts';
import { adwSummarySchema, listedRunSchema } from './summary-schema.ts';

/** What the reads answer, as schemas: `/openapi.json` is made of them, and the tests hold the answers against them. */

const text = z.string();
const whole = z.number().int();
const orNull = <Schema extends z.ZodType>(schema: Schema) => schema.nullable();

/** The body of every refusal. */
export const errorAnswerSchema = z.looseObject({ error: text, detail: text, code: z.enum(Object.keys(ERRORS)) });

/** An event of the log, as every reader gets it. */
export const logEventSchema = z.object({
  type: text,
  seq: whole,
  epoch: text,
  data: z.looseObject({ adw_id: text, event_id: text, timestamp: text }),
});

export const adwsAnswerSchema = z.object({
  epoch: text,
  last_seq: whole,
  /** The directory that this process watches; null where sidecars do. */
  agents_dir: orNull(text),
  /** Runs in it whose ids the server's `--id-format` leaves out. */
  other_runs: whole,
  adws: z.array(adwSummarySchema),
});

/** The data of a `runs` message of `GET /api/v1/changes`. */
export const runChangesSchema = z.object({
  at: text.describe('What `after` resumes with.'),
  whole: z.boolean().describe('Whether the list begins anew: what the client had counts no more.'),
  more: z.boolean().describe('Whether the rest of the list follows at once.'),
  agents_dir: orNull(text),
  other_runs: whole,
  adws: z.array(listedRunSchema),
});

export const searchAnswerSchema = z.object({
  epoch: text,
  next: orNull(whole).describe('The seq before which nothing was looked at; null where everything was.'),
  runs: z.array(
    z.object({
      adw_id: text,
      hits: whole.describe('Events of it that were found.'),
      newest: z.array(
        z.object({
          seq: whole,
          event_id: text,
          type: text,
          role: orNull(text),
          at: orNull(text),
          snippet: z.array(text).describe('Plain text and hits by turns, plain text first.'),
        }),
      ),
    }),
  ),
});

export const eventsAnswerSchema = z.object({
  epoch: text,
  events: z.array(logEventSchema),
  /** Whether there are more beyond the page, in the direction in which it was read. */
  more: z.boolean(),
  /** Of a search that has read so much that it is answered first: the seq to go on after, or before. */
  next: whole.optional(),
});

export const newestAnswerSchema = z.object({
  epoch: text,
  events: z.array(logEventSchema),
  adw: orNull(adwSummarySchema).describe('Null for an ADW that the log does not know.'),
});

export const indexAnswerSchema = z.object({
  epoch: text,
  last_seq: whole,
  seq: z.array(whole),
  t: z.array(z.number()),
  type: z.array(text),
  role: z.array(orNull(text)),
  duration: z.array(orNull(z.number())),
  status: z.array(text),
});

/** A column of rows: a value for each, or the one that all have. */
const column = <Value extends z.ZodType>(value: Value) => z.union([z.array(value), value]);
const places = column(z.number().int().min(-1)).describe('Places in `words`; -1 for none.');

/** The first line of the rows. */
const rowsHeadSchema = z.object({ epoch: text, last_seq: whole.describe('Rows of all events up to this seq follow.') });

const rowColumnsSchema = z.object({
  seq: z.array(whole),
  t: column(orNull(z.number())).describe('ms since the Unix epoch; null where nothing says when.'),
  duration: column(orNull(z.number())).describe('ms.'),
  words: z.array(text).describe('What the columns of places name.'),
  id: column(text),
  summary: column(text).describe('One line, cut.'),
  attempt: column(z.number()),
  added: column(orNull(z.number())),
  removed: column(orNull(z.number())),
  ...(Object.fromEntries(WORD_FIELDS.map(field => [field, places])) as Record<WordField, typeof places>),
});

/** A line of the rows. */
export const rowsLineSchema = z.union([rowsHeadSchema, rowColumnsSchema]);

export const artifactsAnswerSchema = z.object({
  artifacts: z.array(
    z.object({
      path: text,
      sha256: text,
      bytes: whole,
      media_type: text,
      stored_at: text,
      url: text,
    }),
  ),
});

/** The answer to an upload. */
export const uploadAnswerSchema = z.object({ path: text, sha256: text, bytes: whole, url: text });

export const connectionsAnswerSchema = z.object({
  connections: z.array(
    z.object({
      connection_id: text,
      kind: z.enum(['websocket', 'sse']),
      user_agent: orNull(text),
      remote_address: orNull(text),
      connected_at: text,
      last_activity: text,
      rtt_ms: orNull(z.number()),
      session_id: orNull(text),
      events_sent: whole,
      bytes_sent: whole,
      bytes_buffered: whole,
      subscriptions: z.array(
        z.object({
          adw_id: text,
          types: orNull(z.array(text)),
          cursor: whole,
          state: z.enum(['live', 'catching_up', 'lagging']),
        }),
      ),
    }),
  ),
  count: whole,
});

export const healthAnswerSchema = z.object({
  status: z.enum(['healthy', 'degraded']),
  service: text,
  version: text,
  active_connections: whole,
  total_workflows_triggered: whole,
  uptime_seconds: z.number(),
  health_check: z.null(),
  error: orNull(text),
  adw_stream: z.object({ api: z.literal('v1'), epoch: text, version: text }),
  store: z.object({ kind: text, last_seq: whole, bytes: z.number(), pending: whole }),
});

export const rootAnswerSchema = z.object({ status: z.literal('ok'), service: text, version: text });

const referenceLog = z.looseObject({
  timestamp: orNull(text),
  level: text,
  message: text,
  entry_type: text,
  subtype: orNull(text),
  raw_data: z.unknown(),
});

export const stageLogsAnswerSchema = z.object({
  adw_id: text,
  stage: text,
  logs: z.array(referenceLog),
  result: orNull(z.array(z.unknown())),
  stage_folder: orNull(text),
  has_streaming_logs: z.boolean(),
  has_result: z.boolean(),
  error: orNull(text),
});

export const allStageLogsAnswerSchema = z.object({ adw_id: text, stages: z.record(text, stageLogsAnswerSchema) });

export const executionLogsAnswerSchema = z.object({
  adw_id: text,
  stage: text,
  logs: z.array(z.object({ timestamp: text, level: text, message: text, raw_line: text })),
  stage_folder: text,
  has_logs: z.boolean(),
  error: orNull(text),
});

export const agentStateAnswerSchema = z.looseObject({
  adw_id: text,
  state: z.looseObject({}),
  timestamp: text,
});

export const referenceAdwSchema = z.looseObject({
  id: text,
  adw_id: text,
  current_stage: text,
  status: text,
  is_stuck: z.boolean(),
  completed: z.boolean(),
});

export const adwsListAnswerSchema = z.object({ adws: z.array(referenceAdwSchema), count: whole });
export const referenceAdwsAnswerSchema = z.object({ adws: z.array(referenceAdwSchema), total_count: whole });
export const planAnswerSchema = z.object({ plan_content: text, plan_file: text });

export const alarmsAnswerSchema = z.object({
  rules: z.array(z.object({ name: text, when: text, actions: z.array(text) })),
  actions: z.array(z.object({ name: text, type: z.enum(['webhook', 'command', 'terminal', 'browser']) })),
  waiting: whole.describe('Sendings that this server has still to do.'),
});

export const alarmTestAnswerSchema = z.object({
  results: z.array(
    z.object({
      action: text,
      type: z.enum(['webhook', 'command']),
      how: z.enum(['taken', 'later', 'refused']).describe('later: an alarm would be sent again.'),
      said: text,
      ms: z.number(),
    }),
  ),
});

export const sessionAnswerSchema = z.object({ access: z.enum(['read', 'write']), logged_in: z.boolean() });

export const cardGoneAnswerSchema = z.object({
  status: z.literal('success'),
  success: z.literal(true),
  adw_id: text,
  message: text,
});
