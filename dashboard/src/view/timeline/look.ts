import { UNDISCLOSED } from '../../../../src/adw/event-words.ts';
import { eventRowOf } from '../../../../src/event/types.ts';
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
  const { word, icon, tone } = eventRowOf(type);
  const thin = tone === 'muted';
  if (log.status[at] === 'error') return { icon: 'error', word: word === 'log' ? 'error' : word, tone: 'bad', thin };
  if (fact?.level === 'WARNING')
    return { icon: 'warning', word: word === 'log' ? 'warning' : word, tone: 'warn', thin };
  return { icon, word, tone, thin };
}
