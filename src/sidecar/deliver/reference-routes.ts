import { type BoardWords, boardWords } from '../../adw/board-words.ts';
import { STAGES } from '../../adw/phase.ts';
import type { NewEvent } from '../../event/schema.ts';
import type { EventType } from '../../event/types.ts';

/** A POST to a reference server. */
export interface ReferencePost {
  readonly route: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The event types that the reference's `/api/agent-state-update` takes, by our type. */
const STATE_UPDATES: Partial<Record<EventType, string>> = {
  agent_updated: 'state_change',
  agent_summary_update: 'state_change',
  agent_log: 'log_entry',
  file_changed: 'file_operation',
  thinking_block: 'thinking',
  tool_use_pre: 'tool_execution_pre',
  tool_use_post: 'tool_execution_post',
  text_block: 'text_block',
};

/** Types whose `data` is the body of a route of their own. */
const OWN_ROUTES: Partial<Record<EventType, string>> = {
  workflow_phase_transition: '/api/workflow-phase-transition',
  agent_output_chunk: '/api/agent-output-chunk',
  screenshot_available: '/api/screenshot-available',
  spec_created: '/api/spec-created',
  stage_transition: '/api/stage-event',
  status_update: '/api/workflow-updates',
  workflow_log: '/api/workflow-updates',
};

/**
 * How an event goes to a server that knows only the reference's routes: by its own route, and as a log entry where its
 * own does not reach the screen. Nothing for what another event of the same line already says there (`session_started`,
 * `session_ended` and `artifact` come with an `agent_log`), and for running token totals, which would flood its 500 log
 * lines.
 */
export function referencePosts(event: NewEvent): readonly ReferencePost[] {
  const posts: ReferencePost[] = [];
  const stateUpdate = STATE_UPDATES[event.type];
  if (stateUpdate !== undefined) posts.push(agentStateUpdate(event, stateUpdate, event.data));
  const route = OWN_ROUTES[event.type];
  if (route !== undefined && isTaken(event)) posts.push(ownRoute(event, route));
  const words = boardWords(event.type, event.data) ?? theirWords(event);
  if (words === undefined) return posts;
  const entry = { ...event.data, ...words, event_type: event.type };
  return [...posts, agentStateUpdate(event, 'log_entry', entry)];
}

/** Whether the route of its own takes this very event. */
function isTaken({ type, data }: NewEvent): boolean {
  // An empty chunk only moves our own log's position; the reference demands content.
  if (type === 'agent_output_chunk') return data.content !== '';
  return type !== 'stage_transition' || STAGES.some(stage => stage === data.to_stage);
}

function ownRoute(event: NewEvent, route: string): ReferencePost {
  const wrapped = route === '/api/workflow-updates';
  return { route, body: wrapped ? { type: event.type, data: event.data } : event.data };
}

function agentStateUpdate(event: NewEvent, type: string, data: Readonly<Record<string, unknown>>): ReferencePost {
  const { adw_id, timestamp } = event.data;
  return { route: '/api/agent-state-update', body: { adw_id, event_type: type, data, timestamp } };
}

/** What reaches the screen through our server, and not through theirs. */
function theirWords({ type, data }: NewEvent): BoardWords | undefined {
  if (type === 'agent_created') return { message: `${data.agent_role ?? 'agent'}: created`, level: 'INFO' };
  // One of their servers makes an `agent_updated` of a state change, which no screen shows.
  if (type !== 'agent_summary_update' || typeof data.summary !== 'string') return undefined;
  return { message: data.summary, level: 'INFO' };
}
