import { UNDISCLOSED } from '../../../../src/adw/event-words.ts';
import { eventRowOf } from '../../../../src/event/types.ts';
import { ALL, type RowTable } from '../../data/row-table.ts';
import { toolLabel } from '../../run/tools.ts';
import { type IconName, toolIcon } from '../parts/icon.tsx';

/** How a row appears: icon and word say what it is; tone only repeats it. */
export interface Appearance {
  readonly icon: IconName;
  readonly word: string;
  readonly tone: string;
  /** A line that matters little: drawn thin. */
  readonly thin: boolean;
}

/** How the row of an event appears. @param until the newest ordinal that is looked at */
export function appearanceOf(table: RowTable, at: number, until = ALL): Appearance {
  const rowData = table.rowData[at];
  const type = rowData?.type ?? '';
  if (type === 'tool_use_pre' || type === 'tool_use_post') {
    const tool = rowData?.tool ?? 'tool';
    return {
      icon: toolIcon(tool, rowData?.toolKind),
      // An MCP tool's summary begins with its own name: here its server is enough.
      word: toolLabel(tool).split('·')[0]!,
      tone: table.outcome(at, until) === 'error' ? 'bad' : 'tool',
      thin: false,
    };
  }
  if (type === 'thinking_block' && rowData?.summary === UNDISCLOSED) {
    return { icon: 'thought', word: 'thinking', tone: 'muted', thin: true };
  }
  if (rowData?.kind === 'prompt') return { icon: 'arrow', word: 'prompt', tone: 'text', thin: false };
  const { word, icon, tone } = eventRowOf(type);
  const thin = tone === 'muted';
  if (rowData?.status === 'error') return { icon: 'error', word: word === 'log' ? 'error' : word, tone: 'bad', thin };
  if (rowData?.level === 'WARNING')
    return { icon: 'warning', word: word === 'log' ? 'warning' : word, tone: 'warn', thin };
  return { icon, word, tone, thin };
}
