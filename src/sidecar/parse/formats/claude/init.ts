import { asArray, asObject, asText, type JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import { bounded, firstChars } from '../../preview.ts';
import { word } from '../../session/report.ts';
import type { ClaudeSession } from './session.ts';

/** `system/init`: a session begins, or goes on after a background task. */
export function initLine(line: JsonObject, session: ClaudeSession, events: LineEvents): void {
  session.cwd = asText(line.cwd) ?? session.cwd;
  session.usage.processBegins();
  const tools = asArray(line.tools);
  const servers = asArray(line.mcp_servers);
  // Every MCP tool is listed by name: more text than a preview holds.
  const list = (items: readonly unknown[]) => bounded(items, { charsMax: 16_000, stringMax: 200 }).value as unknown[];
  events.add('session_started', {
    tools: list(tools),
    mcp_servers: list(servers),
    permission_mode: word(line.permissionMode, '') || null,
    cwd: asText(line.cwd) === undefined ? null : firstChars(line.cwd as string),
    claude_code_version: word(line.claude_code_version, '') || null,
  });
  const model = events.scope.model ?? 'unknown model';
  events.log('INFO', `session started (${model}, ${tools.length} tools)`, { event_type: 'session_started' });
  for (const server of servers.slice(0, 100)) {
    const { name, status } = asObject(server) ?? {};
    if (status === 'failed') {
      events.log('WARNING', `MCP server ${word(name, 'unnamed')} failed to start`, { event_type: 'mcp_server_failed' });
    }
  }
}
