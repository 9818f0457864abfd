import { asText } from '../../json.ts';
import type { LineFold, LineFormat } from '../../line-format.ts';
import { firstChars } from '../../preview.ts';
import { interpretLine } from './kinds.ts';
import { type CodexSession, createCodexSession } from './session.ts';

/** What `codex exec --json` prints, as `ThreadEvent` of `@openai/codex-sdk` describes it. */
export const codex: LineFormat = {
  name: 'Codex',

  recognises: line => typeof line.type === 'string' && /^(?:thread|turn|item)\.[a-z_.]+$/.test(line.type),

  begin({ home, price = () => undefined, file = { path: '', attempt: 1 } }) {
    const { path, attempt } = file;
    return createFold(createCodexSession({ home, price, path, attempt }));
  },

  // No line has a time.
  sessionMs: () => undefined,
  words: { time: [], session: [] },
};

function createFold(session: CodexSession): LineFold {
  return {
    scopeOf(line) {
      const id = line.type === 'thread.started' ? asText(line.thread_id) : undefined;
      if (id !== undefined) session.sessionId = firstChars(id, 200);
      return { sessionId: session.sessionId, parentToolUseId: undefined, model: undefined };
    },
    timeOf: () => undefined,
    interpret(line, events) {
      interpretLine(line, session, events);
      return line.type === 'turn.completed' || line.type === 'turn.failed';
    },
  };
}
