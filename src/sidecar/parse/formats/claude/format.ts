import { createSharedAgents } from '../../agents.ts';
import { asAmount, asObject, asText, type JsonObject } from '../../json.ts';
import type { LineScope } from '../../line-events.ts';
import type { LineFold, LineFormat } from '../../line-format.ts';
import { firstChars } from '../../preview.ts';
import { launchingCall } from '../../session/tasks.ts';
import { parseTimestamp } from '../../time.ts';
import { interpretLine } from './kinds.ts';
import { resultLine } from './result.ts';
import { type ClaudeSession, createClaudeSession } from './session.ts';
import { agentDescribedIn, describeAgent, isTranscript, noteLaunch } from './transcript.ts';

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

  begin({ home, price = () => undefined, file = { path: '', attempt: 1, agents: createSharedAgents() } }) {
    return createFold(createClaudeSession({ home, price, ...file }));
  },

  sessionMs: line => (line.type === 'result' ? asAmount(line.duration_ms) : undefined),
  words: { time: ['"timestamp"'], session: ['"duration_ms"'] },
  tellResult(line, events) {
    if (line.type !== 'result') return false;
    resultLine(line, events);
    return true;
  },
  agentIn: agentDescribedIn,
};

function createFold(session: ClaudeSession): LineFold {
  return {
    scopeOf(line) {
      session.sessionId = shortText(line.session_id) ?? shortText(line.sessionId) ?? session.sessionId;
      if (line.type === 'system' && line.subtype === 'init') session.model = shortText(line.model) ?? session.model;
      return scopeOf(line, session);
    },
    timeOf(line) {
      const ms = parseTimestamp(line.timestamp);
      return ms === undefined ? undefined : { ms, timing: 'exact' };
    },
    interpret(line, events) {
      describeAgent(line, session, events);
      interpretLine(line, session, events);
      noteLaunch(line, session);
      return line.type === 'result';
    },
  };
}

function scopeOf(line: JsonObject, session: ClaudeSession): LineScope {
  const agentId = isTranscript(line) ? shortText(line.agentId) : undefined;
  if (agentId !== undefined) {
    const launch = session.agents.launchOf(agentId);
    return {
      sessionId: session.sessionId,
      // An agent of which no stream tells is known by its own id.
      parentToolUseId: launch?.toolUseId ?? session.agents.detailsOf(agentId)?.toolUseId ?? agentId,
      model: shortText(asObject(line.message)?.model) ?? session.model,
      attempt: launch?.attempt,
    };
  }
  return {
    sessionId: session.sessionId,
    parentToolUseId: shortText(line.parent_tool_use_id) ?? launchingCall(session.tasks, line.agent_id),
    model: shortText(asObject(line.message)?.model) ?? session.model,
  };
}

function shortText(value: unknown): string | undefined {
  const text = asText(value);
  return text === undefined ? undefined : firstChars(text, 200);
}
