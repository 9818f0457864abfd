import { AdwStreamError } from '../../../base/errors.ts';
import { fileChanged, toolPost, toolPre } from './agent-state-update.ts';
import { type Draft, type Fields, type Translate, textOr } from './request.ts';

/** The routes of the reference's second server: one event each, refused with 422 as its framework does. */
interface SingleEvent {
  readonly required: readonly string[];
  readonly done: string;
  readonly eventOf: (body: Fields) => Draft;
}

function single({ required, done, eventOf }: SingleEvent): Translate {
  return body => {
    const missing = required.find(field => typeof body[field] !== 'string');
    if (missing !== undefined) {
      const absent = body[missing] === undefined;
      throw new AdwStreamError(
        'missing_field',
        `${missing}: ${absent ? 'Field required' : 'Input should be a valid string'}`,
      );
    }
    const { type, data } = eventOf(body);
    return {
      events: [{ type, data: { ...data, timestamp: body.timestamp ?? undefined } }],
      answer: () => ({ status: 'success', message: done, adw_id: body.adw_id }),
    };
  };
}

/** `POST /api/agent-log-entry`. */
export const agentLogEntry = single({
  required: ['adw_id', 'message'],
  done: 'Agent log entry broadcasted',
  eventOf: body => ({
    type: 'agent_log',
    data: {
      ...body,
      level: body.level ?? 'INFO',
      event_category: body.event_category ?? 'system',
      event_type: body.event_type ?? 'log_entry',
      summary: body.summary ?? textOr(body.details),
      payload: body.payload ?? body.context ?? {},
    },
  }),
});

/** `POST /api/file-operation`. */
export const fileOperation = single({
  required: ['adw_id', 'file_path', 'operation'],
  done: 'File operation broadcasted',
  eventOf: fileChanged,
});

/** `POST /api/agent-thinking`. */
export const agentThinking = single({
  required: ['adw_id', 'content'],
  done: 'Agent thinking broadcasted',
  eventOf: body => ({ type: 'thinking_block', data: body }),
});

/** `POST /api/tool-execution`, before (`pre`) and after (`post`) the call. */
export const toolExecution = single({
  required: ['adw_id', 'tool_name', 'phase'],
  done: 'Tool execution broadcasted',
  eventOf({ input_data, phase, ...body }) {
    if (phase === 'pre') return toolPre(body, input_data);
    if (phase === 'post') return toolPost(body, body.output);
    throw new AdwStreamError('missing_field', "phase: Input should be 'pre' or 'post'");
  },
});
