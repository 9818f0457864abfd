import { z } from 'zod';
import type { ListedRun } from '../../adw/listed-run.ts';
import type { AdwSummary } from '../../adw/summary-shape.ts';
import { PHASE_KINDS, PHASE_STATES } from '../../event/phase-words.ts';
import { STATES } from '../../event/run-state.ts';

/** The summary of an ADW as a schema, for the API documents. The compiler holds it and the fold's own type together. */

const text = z.string();
const whole = z.number().int();
const count = z.number().int().nonnegative();
const maybe = <Schema extends z.ZodType>(schema: Schema) => schema.nullable();
const time = maybe(text);
const duration = maybe(z.number());

const tokens = { input_tokens: count, output_tokens: count, cache_read_tokens: count, cache_write_tokens: count };
const cost = {
  cost_usd: maybe(z.number()).describe(
    'US dollars; null where no price is known of what was used, or nothing says what was.',
  ),
  cost_estimated: z.boolean().describe('Whether a part is worked out from lines: then it was at least so much.'),
};
const adwStatus = z.enum(STATES);
const status = adwStatus.exclude(['between_roles']);

const activity = z.object({
  kind: z.enum(['tool', 'thinking', 'text']),
  tool: maybe(text),
  argument: text,
  since: time,
});

const phase = z.object({
  name: text.describe("The run's own name for it, or plan, build, test, review, document, ship, other."),
  status: z.enum([...PHASE_STATES, 'ended_without_result']),
  kind: maybe(z.enum(PHASE_KINDS)).describe(
    'What does its work, an agent or code; null where the run does not say it.',
  ),
  owner: maybe(text).describe('The role that does its work.'),
  error: maybe(text),
  started_at: time,
  ended_at: time,
  duration_ms: duration,
  duration_estimated: z.boolean(),
  ...cost,
  attempts: count,
  tries: z.array(
    z.object({
      attempt: count,
      state: z.enum(PHASE_STATES),
      owner: maybe(text),
      started_at: time,
      ended_at: time,
      error: maybe(text),
    }),
  ),
  gates: z.array(
    z.object({
      gate: text,
      attempt: maybe(count),
      passed: z.boolean(),
      checks: z.array(text),
      at: time,
      event_id: maybe(text),
    }),
  ),
  roles: z.array(text),
  source: maybe(z.enum(['workflow', 'stage_event', 'state_file', 'roles'])),
});

const task = z.object({
  task_id: maybe(text),
  tool_use_id: maybe(text).describe('The call that launched it.'),
  parent_task_id: maybe(text),
  parent_tool_use_id: maybe(text),
  task_type: text.describe('local_agent, local_bash, …'),
  subagent_type: text,
  description: text,
  depth: count.describe('1 for what the main agent launched.'),
  is_background: z.boolean(),
  state: z.enum(['running', 'completed', 'failed', 'stopped', 'unfinished']),
  started_at: time,
  ended_at: time,
  duration_ms: duration,
  tools: count,
  tool_errors: count,
  total_tokens: maybe(count),
  cost_usd: maybe(z.number()).describe('At list price, of what its lines show: a lower bound.'),
  progress: text,
  result: maybe(text),
  error: maybe(text),
});

const attempt = z.object({
  attempt: count,
  reason: text,
  status,
  outcome: maybe(text),
  session_ids: z.array(text),
  model: maybe(text),
  started_at: time,
  ended_at: time,
  duration_ms: duration,
  duration_estimated: z.boolean(),
  api_duration_ms: duration,
  turns: count,
  permission_denials: count,
  tools: count,
  tool_errors: count,
  errors: count,
  malformed_lines: count,
  lost_bytes: count,
  ...cost,
  open_tools: z.array(activity.extend({ tool_use_id: text })),
  tasks: z.array(task).describe('Sub-agents and background work, each behind the one that launched it.'),
  ...tokens,
});

const role = z.object({
  role: text,
  phase: maybe(text),
  status,
  why: text,
  started_at: time,
  ended_at: time,
  last_event_at: time,
  activity: maybe(activity),
  tools: count,
  errors: count,
  ...cost,
  attempts: z.array(attempt),
  ...tokens,
});

const totals = z.object({
  events: count,
  lines: count,
  tools: count,
  errors: count,
  tool_errors: count,
  log_errors: count,
  malformed_lines: count,
  lost_bytes: count,
  lines_added: count,
  lines_removed: count,
  ...cost,
  ...tokens,
});

const shownFile = z.object({ path: text, kind: text, url: maybe(text), role: maybe(text), at: time, versions: count });

const file = z.object({
  path: text,
  operation: text,
  role: maybe(text),
  lines_added: maybe(whole).describe('null where a change does not say which lines it changed'),
  lines_removed: maybe(whole),
  changes: count,
  first_at: time,
  last_at: time,
});

const loop = z.object({
  kind: z
    .enum(['repeated_call', 'failing_test'])
    .describe('The same call in a row, or a command that fails again after files were changed.'),
  role: text,
  tool: text,
  argument: text,
  count: count.describe('How often in a row, or how many changes of files have not helped.'),
  first_event_id: maybe(text),
  event_id: maybe(text),
  at: time,
});

const todo = z.object({
  role: text,
  at: time,
  done: count,
  items: z.array(z.object({ content: text, state: text })),
});

/** The answer of `GET /api/v1/adws/:id`. */
export const adwSummarySchema = z.object({
  adw_id: text,
  status: adwStatus,
  why: text.describe('Why it has this status, in one sentence.'),
  evidence: z.array(text).describe('Ids of the events that say so.'),
  since: time.describe('Since when it is so.'),
  next_check_at: time.describe('Until then nothing but an event can change the status.'),
  waiting: maybe(z.object({ for: text, until: time })),
  limits: z.object({ stall_timeout_ms: z.number(), settle_ms: z.number() }),
  title: maybe(text),
  pull_request: maybe(text),
  issue_number: maybe(text),
  issue_class: maybe(text),
  branch: maybe(text),
  commit: maybe(text),
  workflow: maybe(text),
  model_set: maybe(text),
  plan_file: maybe(text),
  worktree: maybe(text),
  phase: maybe(text),
  phases: z.array(phase),
  roles: z.array(role),
  totals,
  models: z.array(z.object({ model: text, ...tokens, ...cost })),
  tools: z.array(z.object({ tool: text, calls: count, errors: count, duration_ms: z.number() })),
  files: z.array(file),
  screenshots: z.array(shownFile),
  specs: z.array(shownFile),
  todos: z.array(todo),
  activity: maybe(activity.extend({ role: text })),
  loops: z.array(loop),
  first_event_at: time,
  last_event_at: time,
  last_known_at: time.describe('The newest that was written, or seen as it was written: no time of a file or a copy.'),
  elapsed_ms: duration,
  elapsed_estimated: z.boolean(),
  last_seq: count,
  beyond_limits: count,
}) satisfies z.ZodType<AdwSummary>;

const spent = { ...tokens, ...cost };

/** One run as `GET /api/v1/changes` tells of it. */
export const listedRunSchema = adwSummarySchema
  .pick({
    adw_id: true,
    status: true,
    why: true,
    title: true,
    issue_number: true,
    branch: true,
    workflow: true,
    activity: true,
    first_event_at: true,
    last_event_at: true,
    elapsed_ms: true,
    elapsed_estimated: true,
  })
  .extend({
    waiting: maybe(text).describe('What it waits for.'),
    totals: z.object({ ...spent, errors: count }),
    phases: z.array(
      phase.pick({ name: true, status: true, attempts: true }).extend({
        error: phase.shape.error.unwrap().optional(),
        source: phase.shape.source.unwrap().optional(),
        duration_ms: whole.optional(),
        duration_estimated: z.boolean().optional(),
      }),
    ),
    roles: z.array(text),
    models: z.array(text),
    parts: z
      .object({
        phases: z.array(
          phase.pick({ name: true, status: true, attempts: true }).extend({
            duration_ms: duration,
            duration_estimated: z.boolean(),
            ...cost,
          }),
        ),
        roles: z.array(
          z.object({
            role: text,
            status,
            attempts: count,
            tools: count,
            errors: count,
            duration_ms: duration.describe('Of its attempts together.'),
            duration_estimated: z.boolean(),
            ...spent,
          }),
        ),
        models: z.array(z.object({ model: text, ...spent })),
      })
      .optional()
      .describe('What phases, roles and models took; only with `parts=1`.'),
  }) satisfies z.ZodType<ListedRun>;
