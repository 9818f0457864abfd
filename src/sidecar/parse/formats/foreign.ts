import type { JsonObject } from '../json.ts';

/**
 * Names the program that wrote a line when it is known not to be Claude Code. Told by the line's shape: Gemini CLI
 * uses Claude's names `tool_use`, `tool_result` and `result` for other things.
 */
export function foreignWriter(type: string, line: JsonObject): string | undefined {
  if (/^(?:thread|turn|item)\./.test(type)) return 'Codex';
  return isGemini(type, line) ? 'Gemini CLI' : undefined;
}

function isGemini(type: string, line: JsonObject): boolean {
  switch (type) {
    case 'init':
      return 'session_id' in line || 'model' in line;
    case 'message':
      return typeof line.role === 'string' && !('message' in line);
    case 'tool_use':
    case 'tool_result':
      return 'tool_id' in line || 'tool_name' in line;
    case 'result':
      return !('subtype' in line) && ('status' in line || 'stats' in line);
    case 'error':
      return typeof line.message === 'string' && 'severity' in line;
    default:
      return false;
  }
}
