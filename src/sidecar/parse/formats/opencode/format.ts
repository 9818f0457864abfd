import { asAmount, asObject, asText } from '../../json.ts';
import type { LineFold, LineFormat } from '../../line-format.ts';
import { firstChars } from '../../preview.ts';
import { interpretLine } from './kinds.ts';
import { createOpenCodeSession, type OpenCodeSession } from './session.ts';

/** What `opencode run --format json` prints: parts of messages, as `Part` of `@opencode-ai/sdk` describes them. */
export const opencode: LineFormat = {
  name: 'OpenCode',

  recognises(line) {
    return (
      typeof line.sessionID === 'string' &&
      (asObject(line.part) !== undefined || (line.type === 'error' && 'error' in line))
    );
  },

  begin: ({ home, price = () => undefined }) => createFold(createOpenCodeSession({ home, price })),

  // Every line has a time.
  sessionMs: () => undefined,
  words: { time: ['"timestamp"'], session: [] },
};

function createFold(session: OpenCodeSession): LineFold {
  return {
    scopeOf(line) {
      const id = asText(line.sessionID);
      session.sessionId = id === undefined ? session.sessionId : firstChars(id, 200);
      return { sessionId: session.sessionId, parentToolUseId: undefined, model: undefined };
    },
    timeOf(line) {
      const ms = asAmount(line.timestamp);
      return ms === undefined || ms > DATE_MS_MAX ? undefined : { ms, timing: 'exact' };
    },
    interpret: (line, events) => interpretLine(line, session, events),
  };
}

/** The largest time that a `Date` can hold, ms. */
const DATE_MS_MAX = 8.64e15;
