import { z } from 'zod';
import type { Operation } from './operation.ts';

/**
 * The reference's ingest routes, as its clients know them. Null stands for an absent optional field, because the Python
 * client sends it; other fields are kept and passed on.
 */

const text = z.string();
const optional = { text: text.nullish(), number: z.number().nullish(), any: z.unknown().optional() };
const adwId = { adw_id: text };

/** `data` needs the keys; the reference does not look at the values. */
const update = <Type extends string>(type: Type, data: z.core.$ZodLooseShape) =>
  z.looseObject({ type: z.literal(type), data: z.looseObject({ ...adwId, timestamp: z.unknown(), ...data }) });

const done = z.object({ status: z.literal('success'), message: text, adw_id: text });
const stageDone = z.union([
  done.extend({ to_stage: text, db_persisted: z.boolean(), clients_count: z.number().int() }),
  done.extend({ event_type: text }),
]);

interface Post {
  readonly route: string;
  readonly summary: string;
  readonly body: z.ZodType;
  readonly answer?: z.ZodType;
  readonly refusals?: readonly number[];
}

const POSTS: readonly Post[] = [
  {
    route: 'workflow-updates',
    summary: 'A status or a log line of a workflow.',
    body: z.union([
      update('status_update', { workflow_name: text, status: text, message: text }),
      update('workflow_log', { workflow_name: text, message: text, level: text }),
    ]),
    answer: z.object({ status: z.literal('success'), message: text, clients_count: z.number().int() }),
  },
  {
    route: 'stage-event',
    summary: 'A move on the board, told directly (to_stage) or as an event of an orchestrator (event_type).',
    body: z.looseObject({
      ...adwId,
      to_stage: optional.text,
      from_stage: optional.text,
      event_type: optional.text,
      stage_name: optional.text,
      previous_stage: optional.text,
      next_stage: optional.text,
      workflow_name: optional.text,
      message: optional.text,
      timestamp: optional.text,
    }),
    answer: stageDone,
  },
  {
    route: 'agent-state-update',
    summary: 'What an agent thinks, says or does.',
    body: z.looseObject({
      ...adwId,
      event_type: z.enum([
        'state_change',
        'log_entry',
        'file_operation',
        'thinking',
        'tool_execution_pre',
        'tool_execution_post',
        'text_block',
      ]),
      data: z.looseObject({}).nullish(),
      timestamp: optional.text,
    }),
    answer: done.extend({ event_type: text }),
  },
  {
    route: 'workflow-phase-transition',
    summary: 'A workflow goes on to another phase.',
    body: z.looseObject({ ...adwId, phase_to: text, phase_from: optional.text, workflow_name: optional.text }),
  },
  {
    route: 'agent-output-chunk',
    summary: 'Lines of an agent’s output.',
    body: z.looseObject({
      ...adwId,
      agent_role: text,
      content: text,
      line_number: optional.number,
      total_lines: optional.number,
      is_complete: z.boolean().nullish(),
    }),
  },
  {
    route: 'screenshot-available',
    summary: 'There is a screenshot.',
    body: z.looseObject({ ...adwId, screenshot_path: text, screenshot_type: optional.text, metadata: optional.any }),
  },
  {
    route: 'spec-created',
    summary: 'There is a specification.',
    body: z.looseObject({ ...adwId, spec_path: text, spec_type: optional.text, metadata: optional.any }),
  },
  {
    route: 'agent-log-entry',
    summary: 'A log line of an agent.',
    body: z.looseObject({ ...adwId, message: text, level: optional.text }),
    refusals: [422],
  },
  {
    route: 'file-operation',
    summary: 'An agent read or changed a file.',
    body: z.looseObject({ ...adwId, file_path: text, operation: text, diff: optional.text }),
    refusals: [422],
  },
  {
    route: 'agent-thinking',
    summary: 'What an agent thinks.',
    body: z.looseObject({ ...adwId, content: text }),
    refusals: [422],
  },
  {
    route: 'tool-execution',
    summary: 'A tool is called, or has answered.',
    body: z.looseObject({ ...adwId, tool_name: text, phase: z.enum(['pre', 'post']), success: z.boolean().nullish() }),
    refusals: [422],
  },
];

/** The routes as operations of the API document. */
export const REFERENCE_POSTS: readonly Operation[] = POSTS.map(
  ({ route, summary, body, answer = done, refusals = [] }) => ({
    method: 'post',
    path: `/api/${route}`,
    summary: `${summary} For the reference.`,
    body: { 'application/json': body },
    answers: { 200: { type: 'application/json', schema: answer } },
    refusals: [413, 415, 507, ...refusals],
  }),
);
