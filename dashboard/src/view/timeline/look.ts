import { UNDISCLOSED } from '../../data/facts.ts';
import type { EventLog } from '../../data/log.ts';
import { toolLabel } from '../../data/tools.ts';
import { type IconName, toolIcon } from '../parts/icon.tsx';

/** How a row looks: icon and word say what it is; tone only repeats it. */
export interface Look {
  readonly icon: IconName;
  readonly word: string;
  readonly tone: string;
  /** A line that matters little: drawn thin. */
  readonly thin: boolean;
}

const LOOKS: Readonly<Record<string, readonly [IconName, string, string]>> = {
  thinking_block: ['thought', 'thinking', 'think'],
  text_block: ['text', 'text', 'text'],
  chat_message: ['text', 'chat', 'text'],
  file_changed: ['pencil', 'file', 'tool'],
  todo_update: ['checks', 'todos', 'tool'],
  session_started: ['play', 'session', 'mile'],
  session_ended: ['flag', 'result', 'mile'],
  attempt_started: ['refresh', 'attempt', 'mile'],
  workflow_phase_transition: ['arrow', 'phase', 'mile'],
  stage_transition: ['arrow', 'stage', 'muted'],
  screenshot_available: ['image', 'screenshot', 'mile'],
  spec_created: ['file', 'spec', 'mile'],
  status_update: ['info', 'status', 'mile'],
  adw_status: ['flag', 'workflow', 'mile'],
  malformed_line: ['warning', 'malformed', 'bad'],
  agent_updated: ['braces', 'state', 'muted'],
  agent_output_chunk: ['code', 'raw lines', 'muted'],
  usage_update: ['coins', 'usage', 'muted'],
  artifact: ['file', 'artifact', 'muted'],
};

/** The look of an event's row. */
export function lookOf(log: EventLog, at: number): Look {
  const type = log.type[at]!;
  const fact = log.facts[at];
  if (type === 'tool_use_pre' || type === 'tool_use_post') {
    const tool = fact?.tool ?? 'tool';
    return {
      icon: toolIcon(tool),
      // An MCP tool's summary begins with its own name: here its server is enough.
      word: toolLabel(tool).split('·')[0]!,
      tone: log.outcome(at) === 'error' ? 'bad' : 'tool',
      thin: false,
    };
  }
  if (type === 'thinking_block' && fact?.summary === UNDISCLOSED) {
    return { icon: 'thought', word: 'thinking', tone: 'muted', thin: true };
  }
  const known = LOOKS[type];
  if (known) {
    const failed = log.status[at] === 'error';
    return {
      icon: failed ? 'error' : known[0],
      word: known[1],
      tone: failed ? 'bad' : known[2],
      thin: known[2] === 'muted',
    };
  }
  if (fact?.level === 'ERROR') return { icon: 'error', word: 'error', tone: 'bad', thin: true };
  if (fact?.level === 'WARNING') return { icon: 'warning', word: 'warning', tone: 'warn', thin: true };
  const named = type === 'agent_log' || type === 'workflow_log' || type === 'system_log';
  return { icon: 'info', word: named ? 'log' : type.replaceAll('_', ' '), tone: 'muted', thin: true };
}
