import { z } from 'zod';
import { PHASE_KINDS, PHASE_STATES } from './phase-words.ts';
import { STATES } from './run-state.ts';
import { TOOL_KINDS } from './tool-kind.ts';
import type { EventType } from './types.ts';

/**
 * The language of the wire: one schema per event type. The reference project's types are ours, with the union of its two
 * servers' fields. Unknown extra fields are kept and passed on; `null` is accepted wherever a field may be absent,
 * because the Python clients send it.
 */

const text = z.string();
const count = z.number().int().nonnegative();
const optionalText = text.nullish();
const optionalNumber = z.number().nullish();
const record = z.record(z.string(), z.unknown());

/** How an event's time is known: on the line, seen arriving, worked out from file times, or not at all. */
export const timingSchema = z.enum(['exact', 'observed', 'estimated', 'unknown']);

/** Where in the watched tree an event comes from. Offsets and lengths in bytes, lines counted from 1. */
export const sourceSchema = z.looseObject({
  path: text.min(1).max(1024),
  fingerprint: text.min(1).max(80).optional(),
  line: count.optional(),
  offset: count.optional(),
  length: count.optional(),
});

/** The fields every event may carry. `adw_id` is checked again, against the server's id format, at ingest. */
export const commonSchema = z.looseObject({
  adw_id: text.min(1).max(64),
  event_id: text.min(1).max(128).optional(),
  timestamp: text.max(64).optional(),
  timing: timingSchema.optional(),
  agent_role: optionalText,
  phase: optionalText,
  attempt: count.nullish(),
  session_id: optionalText,
  parent_tool_use_id: optionalText,
  model: optionalText,
  /** The program that the agent runs in, by its own name: `Pi`, `Codex`, … Absent on the events of Claude Code. */
  agent: optionalText,
  source: sourceSchema.optional(),
});

const event = <Shape extends z.core.$ZodLooseShape>(shape: Shape) => commonSchema.extend(shape);

const level = text;
const usage = z.looseObject({
  input_tokens: optionalNumber,
  output_tokens: optionalNumber,
  cache_read_input_tokens: optionalNumber,
  cache_creation_input_tokens: optionalNumber,
});
/** Present where `content`, `output` or `diff` was cut: the full size in characters. */
const cut = { truncated: z.boolean().optional(), full_size: count.optional() };

/**
 * Why an agent does not go on, on the `agent_log` that says so: it holds until the next event of the role that does not
 * say the same. `until` is when it ends at the latest, where that is known.
 */
export const waitingSchema = z.looseObject({
  for: z.enum(['permission', 'rate_limit', 'api_retry', 'compaction']),
  until: text.max(64).optional(),
  attempt: count.optional(),
  attempts_max: count.optional(),
  delay_ms: z.number().nonnegative().optional(),
  tool_use_id: text.optional(),
  message: text,
});

/**
 * What a call's tool does: `read`, `edit`, `write`, `run`, `search`, `fetch`, `plan`, `delegate`. Absent on the events of Claude
 * Code, whose tools are known by name, and where it is none of these.
 */
const toolKindSchema = z.enum(TOOL_KINDS);

/** The schema of each type's `data`. */
export const eventDataSchemas = {
  // the reference's types
  status_update: event({
    workflow_name: text,
    status: text,
    message: text,
    progress_percent: optionalNumber,
    current_step: optionalText,
  }),
  workflow_log: event({ workflow_name: text, message: text, level }),
  agent_log: event({
    message: text,
    level,
    summary: optionalText,
    event_category: optionalText,
    event_type: optionalText,
    current_step: optionalText,
    details: z.unknown().optional(),
    context: z.unknown().optional(),
    payload: z.unknown().optional(),
    waiting: waitingSchema.optional(),
    ...cut,
  }),
  agent_summary_update: event({
    summary: z.unknown().optional(),
    status: optionalText,
    progress_percent: optionalNumber,
    current_step: optionalText,
    workflow_name: optionalText,
    message: optionalText,
    metadata: z.unknown().optional(),
  }),
  summary_update: event({ content: z.unknown().optional() }),
  thinking_block: event({
    content: text,
    reasoning_type: optionalText,
    duration_ms: optionalNumber,
    sequence: optionalNumber,
    ...cut,
  }),
  text_block: event({ content: text, sequence: optionalNumber, ...cut }),
  tool_use_pre: event({
    tool_name: text,
    tool_use_id: optionalText,
    tool_kind: toolKindSchema.optional(),
    input: z.unknown().optional(),
    tool_input: z.unknown().optional(),
    ...cut,
  }),
  tool_use_post: event({
    tool_name: text,
    tool_use_id: optionalText,
    tool_kind: toolKindSchema.optional(),
    output: z.unknown().optional(),
    tool_output: z.unknown().optional(),
    success: z.boolean(),
    status: text,
    error: optionalText,
    duration_ms: optionalNumber,
    /** What a command did to the repository: `commit {sha, branch}`, `push`, `branch`, `pr {number, url, action}`. */
    git: record.optional(),
    ...cut,
  }),
  file_changed: event({
    file_path: text,
    operation: text,
    change_type: optionalText,
    diff: optionalText,
    summary: optionalText,
    lines_added: optionalNumber,
    lines_removed: optionalNumber,
    tool_use_id: optionalText,
    ...cut,
  }),
  workflow_phase_transition: event({
    phase_from: optionalText,
    phase_to: text,
    workflow_name: optionalText,
    metadata: z.unknown().optional(),
  }),
  stage_transition: event({
    workflow_name: optionalText,
    from_stage: text,
    to_stage: text,
    message: optionalText,
  }),
  /**
   * One or more complete lines of one file generation, joined by "\n". With `source.fingerprint` it is a unit of
   * exactly-once delivery (a Python client's chunk has none): `source` is its byte range on disk, `lines` how many
   * lines it completes, `sha256` the hash of that range, `sent_sha256` the hash of `content` as sent where redaction
   * or lifting changed it, `tail_sha256` the hash of the last 4 KiB (or fewer) on disk before its end. `terminated` is
   * false when the last line has no newline yet; `continues` says that the first byte of the range is the newline
   * that such a line was missing.
   */
  agent_output_chunk: event({
    agent_role: text,
    content: text,
    line_number: optionalNumber,
    total_lines: optionalNumber,
    is_complete: z.boolean().nullish(),
    lines: count.optional(),
    sha256: text.optional(),
    sent_sha256: text.optional(),
    tail_sha256: text.optional(),
    terminated: z.boolean().optional(),
    continues: z.boolean().optional(),
    redactions: z.record(z.string(), count).optional(),
  }),
  screenshot_available: event({
    screenshot_path: text,
    screenshot_type: optionalText,
    url: optionalText,
    metadata: z.unknown().optional(),
  }),
  spec_created: event({
    spec_path: text,
    spec_type: optionalText,
    url: optionalText,
    metadata: z.unknown().optional(),
  }),
  agent_created: event({}),
  agent_updated: event({ state: z.unknown().optional(), changed_fields: z.array(text).nullish() }),
  agent_deleted: event({}),
  agent_status_change: event({ old_status: optionalText, new_status: optionalText, message: optionalText }),
  orchestrator_updated: event({}),
  system_log: event({
    message: optionalText,
    level: optionalText,
    details: z.unknown().optional(),
    context: z.unknown().optional(),
  }),
  chat_message: event({}),
  chat_stream: event({}),

  // ours
  session_started: event({
    tools: z.array(z.unknown()).nullish(),
    mcp_servers: z.array(z.unknown()).nullish(),
    permission_mode: optionalText,
    cwd: optionalText,
    /** The program's version, where its lines say it. */
    agent_version: optionalText,
    /** Whether the totals of its ends go on from those that the session had before, in whatever file of the run. */
    totals_go_on: z.boolean().optional(),
    claude_code_version: optionalText,
  }),
  session_ended: event({
    subtype: text,
    is_error: z.boolean(),
    result: optionalText,
    num_turns: optionalNumber,
    duration_ms: optionalNumber,
    duration_api_ms: optionalNumber,
    total_cost_usd: optionalNumber,
    usage: usage.nullish(),
    model_usage: record.nullish(),
    /** All that the session used so far, where its program says it of no model. */
    total_usage: usage.optional(),
    permission_denials: z.array(z.unknown()).nullish(),
    errors: z.array(z.unknown()).nullish(),
    stop_reason: optionalText,
    terminal_reason: optionalText,
    /** What the agent was asked to answer in a form of its own. */
    structured_output: z.unknown().optional(),
    api_error_status: z.unknown().optional(),
    api_error_type: z.unknown().optional(),
    ...cut,
  }),
  attempt_started: event({
    attempt: count,
    reason: z.enum(['new', 'rewritten']),
    /** Bytes of the generation before that were never read; 0 or absent when nothing was lost. */
    lost_bytes: count.optional(),
  }),
  /**
   * Running totals of a session in one file generation: of its main agent, or of the sub-agent that `parent_tool_use_id`
   * names. `message_id` names the API message that changed them, `cost_usd` is what `totals` cost at list price; null or
   * absent where no price is known.
   */
  usage_update: event({
    message_id: optionalText,
    usage,
    totals: usage,
    estimated: z.boolean(),
    /** Whether the totals are of a sub-agent's transcript: they come on top of those in its role's stream. */
    is_transcript: z.boolean().optional(),
    /** Tokens that the message's request held: how full the agent's context is. null where `usage` is of several requests. */
    context_tokens: optionalNumber,
    cost_usd: optionalNumber,
  }),
  /**
   * One task of an agent, a sub-agent or a shell command, at the moment when something about it changed. A field that is
   * absent says nothing new. `task_id` is the agent program's own, `tool_use_id` the call that launched it.
   */
  task_update: event({
    task_id: optionalText,
    tool_use_id: optionalText,
    parent_task_id: optionalText,
    task_type: optionalText,
    subagent_type: optionalText,
    description: optionalText,
    depth: count.nullish(),
    is_background: z.boolean().nullish(),
    is_ambient: z.boolean().nullish(),
    state: z.enum(['running', 'completed', 'failed', 'stopped']).nullish(),
    started_at: optionalText,
    ended_at: optionalText,
    duration_ms: optionalNumber,
    tool_uses: optionalNumber,
    total_tokens: optionalNumber,
    progress: optionalText,
    result: optionalText,
    error: optionalText,
    ...cut,
  }),
  /**
   * One of the run's own phases, as it is now: the newest of a (phase, attempt) holds. `index` is its place among them, from 0;
   * `owner` the role that does its work, absent where code does.
   */
  phase_update: event({
    phase: text.min(1),
    index: count,
    kind: z.enum(PHASE_KINDS),
    owner: optionalText,
    state: z.enum(PHASE_STATES),
    attempt: count,
    started_at: optionalText,
    ended_at: optionalText,
    error: optionalText,
    /** Whether it is worked out from the files of its owner: then that it runs says no more than they do. */
    inferred: z.boolean().nullish(),
  }),
  /** A gate that the run went through, or did not: `checks` is what it looked at, in a form of the workflow's own. */
  gate_result: event({ gate: text, passed: z.boolean(), checks: z.array(z.unknown()).nullish() }),
  /**
   * A process of the run, on the watcher's machine; `is_alive` as it was seen at `timestamp`, absent where the watcher could not look.
   * A watcher says it again every `PROCESS_TOLD_MS` while it lives, and at once when it does not.
   */
  process_update: event({
    kind: text,
    name: text,
    pid: count,
    command: optionalText,
    started_at: optionalText,
    ended_at: optionalText,
    is_alive: z.boolean().nullish(),
  }),
  todo_update: event({ items: z.array(z.looseObject({ content: text, state: text })) }),
  artifact: event({ path: text, sha256: text, bytes: count, media_type: text, url: text }),
  malformed_line: event({ reason: text, bytes: count, preview: text }),
  adw_status: event({
    status: z.enum(STATES),
    why: text,
    /** Ids of the events that say so. */
    evidence: z.array(text).optional(),
    /** Since when it is so. */
    since: optionalText,
  }),
  alarm: event({
    /** The name of the rule of the server's config file, and what it looks for. */
    rule: text,
    when: text,
    message: text,
    /** Ids of the events that it rests on. */
    evidence: z.array(text).optional(),
    /** Names of the actions that it starts; `browser` asks pages to notify. */
    actions: z.array(text).optional(),
  }),
} as const satisfies Record<EventType, z.ZodObject>;

/** The schema of a type's `data`. */
export function dataSchemaOf(type: EventType): z.ZodObject {
  return eventDataSchemas[type];
}

/** How an event's time is known. */
export type Timing = z.infer<typeof timingSchema>;
/** Where in the watched tree an event comes from. */
export type Source = z.infer<typeof sourceSchema>;
/** What an agent waits for. */
export type Waiting = z.infer<typeof waitingSchema>;
/** `data` of any event: the common fields and whatever else it carries. */
export type EventData = z.infer<typeof commonSchema>;
/** `data` of one event type: while a type has no schema, that of any, so that the compiler names what it needs and nothing else. */
export type DataOf<Type extends EventType> = Type extends keyof typeof eventDataSchemas
  ? z.infer<(typeof eventDataSchemas)[Type]>
  : EventData;

/** An event before the log has given it a seq. */
export type NewEvent<Type extends EventType = EventType> = {
  [T in Type]: { readonly type: T; readonly data: DataOf<T> };
}[Type];

/** An event of the log, as it travels to readers. */
export type LogEvent<Type extends EventType = EventType> = NewEvent<Type> & {
  readonly seq: number;
  readonly epoch: string;
};

/** The text of one event on the wire, from its already serialized `data`: serialized once for store, WebSocket and SSE. */
export function eventFrame(type: string, seq: number, epoch: string, dataJson: string): string {
  return `{"type":"${type}","seq":${seq},"epoch":"${epoch}","data":${dataJson}}`;
}
