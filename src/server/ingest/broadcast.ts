import { AdwStreamError } from '../../base/errors.ts';
import { isRecord } from '../../base/is-record.ts';
import type { AgentOwners } from './agent-owners.ts';
import { toolPost, toolPre } from './reference/agent-state-update.ts';
import { type Draft, type Fields, pythonText } from './reference/request.ts';

/**
 * The flat frames that workflows of the "orchestrator" family push over a WebSocket of their own: `adw_broadcast` and
 * `agent_broadcast`. They become the same events as everything else.
 */

/** By `broadcast_type`. */
const BROADCASTS: Readonly<Record<string, (frame: Fields) => Draft[]>> = {
  adw_created: ({ adw }) => [
    { type: 'agent_created', data: { ...inner(adw), adw_id: inner(adw).adw_id ?? inner(adw).id } },
  ],
  adw_updated: ({ adw_id, adw }) => [
    { type: 'agent_updated', data: { adw_id, state: adw, changed_fields: Object.keys(inner(adw)) } },
  ],
  adw_event: ({ adw_id, event }) => [workflowEvent(adw_id, inner(event))],
  adw_step_change: frame => [stepChange(frame), stepLog(frame)],
  adw_status: frame => [statusUpdate(frame)],
  adw_event_summary_update: ({ adw_id, event_id, summary }) => [
    // The frame's event_id names the event that is summed up; this one gets an id of its own.
    { type: 'summary_update', data: { adw_id, content: summary, summary_of: event_id } },
  ],
  agent_created: ({ agent, adw_id }) => [
    { type: 'agent_created', data: { ...inner(agent), adw_id: adw_id ?? inner(agent).adw_id } },
  ],
  agent_status_changed: ({ adw_id, agent_id, old_status, new_status }) => [
    { type: 'agent_status_change', data: { adw_id, agent_id, old_status, new_status } },
  ],
  agent_updated: ({ adw_id, agent_id, agent }) => [
    { type: 'agent_updated', data: { adw_id: adw_id ?? inner(agent).adw_id, agent_id, state: agent } },
  ],
};

/**
 * The events of one frame.
 * @param owners learns whose agents are, and says so for frames that name an agent alone
 * @throws AdwStreamError invalid_event for one that is not understood
 */
export function broadcastEvents(given: Fields, owners: AgentOwners): Draft[] {
  const frame = owners.complete(given);
  const { broadcast_type, timestamp } = frame;
  const name = pythonText(broadcast_type);
  const eventsOf = Object.hasOwn(BROADCASTS, name) ? BROADCASTS[name] : undefined;
  if (eventsOf === undefined) throw new AdwStreamError('invalid_event', `Unknown broadcast_type: ${name.slice(0, 80)}`);
  return eventsOf(frame).map(({ type, data }) => ({
    type,
    data: { ...data, timestamp: data.timestamp ?? timestamp ?? undefined },
  }));
}

/** An `adw_event`, by what it reports. */
function workflowEvent(adwId: unknown, event: Fields): Draft {
  const { id, event_category, event_type, content, payload, summary, adw_step, agent_id } = event;
  const told = inner(payload);
  const common = {
    adw_id: adwId,
    ...(typeof id === 'string' && { event_id: id }),
    agent_id,
    agent_role: typeof adw_step === 'string' ? adw_step : undefined,
    summary,
    payload,
    timestamp: event.timestamp,
  };
  const tool = { ...common, tool_name: told.tool_name, tool_use_id: told.tool_use_id };
  switch (event_type) {
    case 'PreToolUse':
      return toolPre(tool, told.tool_input);
    case 'PostToolUse':
      return toolPost({ ...tool, error: told.error }, told.tool_response ?? content);
    case 'text':
      return { type: 'text_block', data: { ...common, content: content ?? '' } };
    case 'thinking':
      return { type: 'thinking_block', data: { ...common, content: content ?? '' } };
    default:
      return {
        type: 'agent_log',
        data: {
          ...common,
          message: content ?? summary ?? pythonText(event_type ?? ''),
          level: /error|fail/i.test(pythonText(event_type)) ? 'ERROR' : 'INFO',
          event_category,
          event_type,
        },
      };
  }
}

function stepChange({ adw_id, step, event_type, payload }: Fields): Draft {
  return {
    type: 'workflow_phase_transition',
    data: { adw_id, phase_from: null, phase_to: step ?? '', event_type, metadata: payload, ...durationOf(payload) },
  };
}

function stepLog({ adw_id, step, event_type, payload }: Fields): Draft {
  const { status } = inner(payload);
  const ended = event_type === 'StepEnd';
  const level = status === 'failed' ? 'ERROR' : ended ? 'SUCCESS' : 'INFO';
  const message = `Step ${pythonText(step)} ${ended ? pythonText(status ?? 'ended') : 'started'}`;
  return {
    type: 'agent_log',
    data: {
      adw_id,
      message,
      level,
      event_category: 'adw_step',
      event_type,
      current_step: step,
      ...durationOf(payload),
    },
  };
}

function durationOf(payload: unknown): Fields {
  const { duration_ms } = inner(payload);
  return typeof duration_ms === 'number' ? { duration_ms } : {};
}

/** Their states in the words of a `status_update`. */
const STATUS: Readonly<Record<string, string>> = { pending: 'started', cancelled: 'failed' };

function statusUpdate({ adw_id, status, current_step, completed_steps, error_message }: Fields): Draft {
  const name = pythonText(status);
  return {
    type: 'status_update',
    data: {
      adw_id,
      workflow_name: 'adw',
      status: Object.hasOwn(STATUS, name) ? STATUS[name] : status,
      message: error_message ?? `Workflow ${name}`,
      current_step,
      completed_steps,
    },
  };
}

function inner(value: unknown): Fields {
  return isRecord(value) ? value : {};
}
