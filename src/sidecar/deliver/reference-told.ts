import { STAGES } from '../../adw/phase.ts';
import { isRecord } from '../../base/is-record.ts';
import type { NewEvent } from '../../event/schema.ts';
import type { EventType } from '../../event/types.ts';
import { isAbsent } from './answer.ts';
import type { Transport } from './transport.ts';

/** What a reference server is told, by choice. */
export interface ToldToReference {
  /** Whether cards of its board are moved when a new phase begins while we watch. */
  readonly stages: boolean;
  /** Whether its own monitor reads the same files: what that sends is left out. */
  readonly besideMonitor: boolean;
}

/** Events that its monitor makes of the lines of `agents/{id}/{role}/raw_output.jsonl`. */
const MONITOR_BLOCKS: ReadonlySet<string> = new Set<EventType>([
  'text_block',
  'thinking_block',
  'tool_use_pre',
  'tool_use_post',
]);
/** The log entries that it makes of them, by ours. */
const MONITOR_LOGS: ReadonlySet<unknown> = new Set(['session_started', 'system/hook_response', 'execution_log']);

/** Whether the reference's own monitor sends the same. Source: its `agent_directory_monitor.py`. */
export function isSentByMonitor({ type, data }: NewEvent): boolean {
  const path = data.source?.path ?? '';
  if (type === 'screenshot_available')
    return /^[^/]+\/review_img\/[^/]+\.(?:png|jpe?g|gif)$/.test(data.screenshot_path);
  if (type === 'spec_created') return /^specs\/[^/]+$/.test(data.spec_path);
  if (type === 'agent_updated') return path === 'adw_state.json';
  // It knows the lines of Claude Code alone.
  if (data.agent != null) return false;
  if (!/^[^/]+\/(?:raw_output\.jsonl|execution\.log)$/.test(path)) return false;
  if (type === 'agent_log') return MONITOR_LOGS.has(data.event_type);
  // It passes over the tools that the API itself runs.
  return MONITOR_BLOCKS.has(type) && !/^(?:srv|mcp)toolu_/.test(String(data.tool_use_id ?? ''));
}

/**
 * Whether a card may be moved by what we saw. A reference server keeps where it is told to put a card, and the workflow
 * itself and the board tell it too: only what begins while we watch may move it, and only forwards from where it is.
 */
export async function mayMoveCard({ type, data }: NewEvent, transport: Transport): Promise<boolean> {
  if (type !== 'stage_transition' || data.timing !== 'observed') return false;
  const answer = await transport.probe(`/api/adws/${encodeURIComponent(data.adw_id)}`);
  // A card that is not on its board cannot go backwards.
  if (answer === undefined || isAbsent(answer.status)) return answer !== undefined;
  const current = isRecord(answer.body) ? answer.body.current_stage : undefined;
  if (answer.status !== 200 || current === 'errored') return false;
  return rankOf(data.to_stage) > rankOf(current ?? 'backlog');
}

/** A stage's place on the board, from the left; that of one which is not known comes after all others. */
function rankOf(stage: unknown): number {
  const rank = STAGES.findIndex(one => one === stage);
  return rank < 0 ? STAGES.length : rank;
}
