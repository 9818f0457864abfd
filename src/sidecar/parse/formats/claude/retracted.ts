import { asArray } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import { firstChars } from '../../preview.ts';
import { counted } from '../../session/report.ts';
import type { ClaudeSession } from './session.ts';

/**
 * Lines that the agent takes back: `supersedes` on an assistant line, `retracted_message_uuids` after a refusal. Calls
 * of theirs that have no result will never get one.
 * @param uuids what the line says it takes back; anything but a list of texts is nothing
 */
export function takeBack(uuids: unknown, session: ClaudeSession, events: LineEvents): void {
  const taken = asArray(uuids).filter(uuid => typeof uuid === 'string');
  if (taken.length === 0) return;
  events.log('INFO', `takes back ${counted(taken.length, 'earlier line')}`, {
    event_type: 'supersedes',
    details: { supersedes: taken.slice(0, 100).map(uuid => firstChars(uuid, 100)) },
  });
  const lines = new Set(taken);
  for (const [id, tool] of session.openTools) {
    if (tool.lineUuid === undefined || !lines.has(tool.lineUuid)) continue;
    session.openTools.delete(id);
    events.add('tool_use_post', {
      tool_name: tool.name,
      tool_use_id: id,
      output: '',
      // It has not failed; that it was never run is what the status says.
      success: true,
      status: 'retracted',
      error: null,
      duration_ms: null,
    });
  }
}
