import { asObject, asText } from '../../json.ts';
import type { LineFold, LineFormat } from '../../line-format.ts';
import { firstChars } from '../../preview.ts';
import { interpretLine } from './kinds.ts';
import { repeatsLater } from './repeats.ts';
import { createPiSession, type PiSession } from './session.ts';
import { runMs, timeOfLine } from './time.ts';

/** What `pi -p --mode json` prints, as `JsonAgentSessionEvent` of `@earendil-works/pi-coding-agent` describes it. */
export const pi: LineFormat = {
  name: 'Pi',

  recognises(line) {
    switch (line.type) {
      case 'session':
        return typeof line.id === 'string' && typeof line.cwd === 'string';
      case 'agent_start':
      case 'turn_start':
        return true;
      case 'message_start':
      case 'message_end':
      case 'turn_end':
        return typeof asObject(line.message)?.role === 'string';
      case 'message_update':
        return asObject(line.assistantMessageEvent) !== undefined;
      case 'tool_execution_start':
      case 'tool_execution_update':
      case 'tool_execution_end':
        return typeof line.toolCallId === 'string';
      case 'agent_end':
        return Array.isArray(line.messages);
      case 'agent_settled':
        return typeof line.aborted === 'boolean';
      default:
        return false;
    }
  },

  repeats: repeatsLater,

  begin: ({ home, price = () => undefined }) => createFold(createPiSession({ home, price })),

  sessionMs: line => (line.type === 'agent_end' ? runMs(line) : undefined),
  // A run took the time between its messages.
  words: { time: ['"timestamp"'], session: ['"timestamp"'] },
};

function createFold(session: PiSession): LineFold {
  return {
    scopeOf(line) {
      if (line.type === 'session') session.sessionId = shortText(line.id) ?? session.sessionId;
      const message = asObject(line.message);
      if (message?.role === 'assistant')
        session.model = shortText(message.responseModel) ?? shortText(message.model) ?? session.model;
      return { sessionId: session.sessionId, parentToolUseId: undefined, model: session.model };
    },
    timeOf(line) {
      const ms = timeOfLine(line);
      return ms === undefined ? undefined : { ms, timing: 'exact' };
    },
    interpret(line, events) {
      interpretLine(line, session, events);
      return line.type === 'agent_end' && session.isOver;
    },
  };
}

function shortText(value: unknown): string | undefined {
  const text = asText(value);
  return text === undefined || text === '' ? undefined : firstChars(text, 200);
}
