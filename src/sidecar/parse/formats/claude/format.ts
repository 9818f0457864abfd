import { asAmount, asObject, asText, type JsonObject } from '../../json.ts';
import type { LineEvents, LineScope } from '../../line-events.ts';
import type { LineFold, LineFormat } from '../../line-format.ts';
import { firstChars } from '../../preview.ts';
import { parseTimestamp } from '../../time.ts';
import { assistantLine, userLine } from './message.ts';
import { resultLine } from './result.ts';
import { createSession, type Session } from './session.ts';
import { otherLine, systemLine } from './system.ts';

/** The stream-json of Claude Code (`claude -p --output-format stream-json`), as the Claude Agent SDK's types describe it. */
export const claude: LineFormat = {
  name: 'Claude Code',

  recognises(line) {
    switch (line.type) {
      case 'system':
        return typeof line.subtype === 'string';
      case 'assistant':
      case 'user':
        return asObject(line.message) !== undefined;
      case 'result':
        return typeof line.subtype === 'string';
      default:
        return false;
    }
  },

  begin: ({ home }) => createFold(createSession({ home })),

  sessionMs: line => (line.type === 'result' ? asAmount(line.duration_ms) : undefined),
};

function createFold(session: Session): LineFold {
  return {
    scopeOf(line) {
      session.sessionId = shortText(line.session_id) ?? session.sessionId;
      if (line.type === 'system' && line.subtype === 'init') session.model = shortText(line.model) ?? session.model;
      return scopeOf(line, session);
    },
    timeOf(line) {
      const ms = parseTimestamp(line.timestamp);
      return ms === undefined ? undefined : { ms, timing: 'exact' };
    },
    interpret(line, events) {
      const type = asText(line.type) ?? '';
      if (type === 'result') resultLine(line, events);
      else interpretTyped(type, line, session, events);
      return type === 'result';
    },
  };
}

function interpretTyped(type: string, line: JsonObject, session: Session, events: LineEvents): void {
  const message = asObject(line.message);
  if (type === 'system') systemLine(line, session, events);
  else if (type !== 'assistant' && type !== 'user') otherLine(type, line, events);
  else if (message === undefined)
    events.log('WARNING', `${type} line without a message`, { event_type: 'unknown_line' });
  else if (type === 'assistant') assistantLine(line, message, session, events);
  else userLine(line, message, session, events);
}

function scopeOf(line: JsonObject, session: Session): LineScope {
  return {
    sessionId: session.sessionId,
    parentToolUseId: shortText(line.parent_tool_use_id),
    model: shortText(asObject(line.message)?.model) ?? session.model,
  };
}

function shortText(value: unknown): string | undefined {
  const text = asText(value);
  return text === undefined ? undefined : firstChars(text, 200);
}
