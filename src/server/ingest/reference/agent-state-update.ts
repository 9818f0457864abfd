import { isRecord } from '../../../base/is-record.ts';
import { badRequest, type Draft, type Fields, isMissing, pythonText, type Translate, textOr } from './request.ts';

/** The events behind each `event_type`. What only we show goes out as a type that reaches the reference's screen as well. */
const EVENTS: Readonly<Record<string, (data: Fields) => Draft[]>> = {
  state_change: data => [
    { type: 'agent_updated', data: withState(data) },
    { type: 'agent_summary_update', data: { ...data, metadata: data.metadata ?? data } },
  ],
  log_entry: data => [
    {
      type: 'agent_log',
      data: {
        ...data,
        message: data.message ?? '',
        level: data.level ?? 'INFO',
        context: data.context ?? {},
        event_category: data.event_category ?? 'system',
        event_type: data.event_type ?? data.type ?? 'log_entry',
        type: data.type ?? 'log_entry',
        summary: data.summary ?? textOr(data.details),
        payload: data.payload ?? data.context ?? {},
        current_step: data.current_step ?? undefined,
      },
    },
  ],
  file_operation: data => [fileChanged(data)],
  thinking: data => [{ type: 'thinking_block', data: { ...data, content: data.content ?? '' } }],
  tool_execution_pre: data => [toolPre(data, data.input)],
  tool_execution_post: data => [toolPost(data, data.output)],
  text_block: data => [{ type: 'text_block', data: { ...data, content: data.content ?? '' } }],
};

/** `POST /api/agent-state-update`: what an agent thinks, says and does, one event a request. */
export const agentStateUpdate: Translate = ({ adw_id, event_type, data, timestamp }) => {
  if (isMissing(adw_id) || isMissing(event_type)) throw badRequest("Missing 'adw_id' or 'event_type' in request");
  const name = pythonText(event_type);
  const eventsOf = Object.hasOwn(EVENTS, name) ? EVENTS[name] : undefined;
  if (eventsOf === undefined) throw badRequest(`Unknown event type: ${name}`);
  if (typeof (data ?? {}) !== 'object' || Array.isArray(data)) throw badRequest('data: expected an object');
  const fields = (data ?? {}) as Fields;
  // The request says whose event it is; data that names another ADW does not change that.
  const common = { adw_id, timestamp: timestamp ?? fields.timestamp ?? undefined };
  return {
    events: eventsOf(fields).map(draft => ({ ...draft, data: { ...draft.data, ...common } })),
    answer: () => ({ status: 'success', message: 'Agent state update broadcasted', adw_id, event_type }),
  };
};

/** A state change as the monitor and as the workflow's own state object send it: the latter's is a `state_snapshot`. */
function withState(data: Fields): Fields {
  const { state, state_snapshot: snapshot } = data;
  if (state !== undefined || !isRecord(snapshot)) return data;
  const changed = isMissing(snapshot.changed_fields) ? Object.keys(snapshot) : snapshot.changed_fields;
  return { ...data, state: snapshot, changed_fields: data.changed_fields ?? changed };
}

/** `file_changed` with both names of what was done. */
export function fileChanged(data: Fields): Draft {
  const operation = data.operation ?? 'modify';
  return {
    type: 'file_changed',
    data: {
      ...data,
      file_path: data.file_path ?? '',
      operation,
      change_type: operation,
      lines_added: data.lines_added ?? 0,
      lines_removed: data.lines_removed ?? 0,
    },
  };
}

/** `tool_use_pre`. The fan-out adds the second name of the input for clients that read it. */
export function toolPre(data: Fields, input: unknown): Draft {
  return { type: 'tool_use_pre', data: { ...data, tool_name: data.tool_name ?? '', input } };
}

/** `tool_use_post`. A call that did not succeed is an error, whatever its `status` says. */
export function toolPost(data: Fields, output: unknown): Draft {
  const failed = data.success === false || !isMissing(data.error) || data.status === 'error';
  return {
    type: 'tool_use_post',
    data: {
      ...data,
      tool_name: data.tool_name ?? '',
      output,
      success: !failed,
      status: failed ? 'error' : 'success',
    },
  };
}
