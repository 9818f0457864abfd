import { asAmount, asObject, asText } from '../../json.ts';
import type { LineFold, LineFormat } from '../../line-format.ts';
import { firstChars } from '../../preview.ts';
import { parseTimestamp } from '../../time.ts';
import { interpretLine } from './kinds.ts';
import { createGeminiSession, type GeminiSession } from './session.ts';

/**
 * The stream-json of Gemini CLI (`gemini --output-format stream-json`), as `JsonStreamEvent` of `@google/gemini-cli-core`
 * describes it. Told by the lines' shapes: `tool_use`, `tool_result`, `result` and `error` are other programs' names too.
 */
export const gemini: LineFormat = {
  name: 'Gemini CLI',

  recognises(line) {
    if (typeof line.timestamp !== 'string') return false;
    switch (line.type) {
      case 'init':
        return typeof line.session_id === 'string';
      case 'message':
        return typeof line.role === 'string' && !('message' in line);
      case 'tool_use':
      case 'tool_result':
        return typeof line.tool_id === 'string';
      case 'result':
        return !('subtype' in line) && typeof line.status === 'string';
      case 'error':
        return typeof line.severity === 'string';
      default:
        return false;
    }
  },

  begin: ({ home, price = () => undefined }) => createFold(createGeminiSession({ home, price })),

  sessionMs: line => (line.type === 'result' ? asAmount(asObject(line.stats)?.duration_ms) : undefined),
  words: { time: ['"timestamp"'], session: ['"duration_ms"'] },
};

function createFold(session: GeminiSession): LineFold {
  return {
    scopeOf(line) {
      if (line.type === 'init') {
        session.sessionId = shortText(line.session_id) ?? session.sessionId;
        session.model = shortText(line.model) ?? session.model;
      }
      return { sessionId: session.sessionId, parentToolUseId: undefined, model: session.model };
    },
    timeOf(line) {
      const ms = parseTimestamp(line.timestamp);
      return ms === undefined ? undefined : { ms, timing: 'exact' };
    },
    interpret(line, events) {
      interpretLine(line, session, events);
      return line.type === 'result';
    },
  };
}

function shortText(value: unknown): string | undefined {
  const text = asText(value);
  return text === undefined ? undefined : firstChars(text, 200);
}
