import type { AgentDetails } from '../../agents.ts';
import { asAmount, asArray, asObject, asText, type JsonObject, parseJson } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import type { DescribedAgent } from '../../line-format.ts';
import { firstChars } from '../../preview.ts';
import type { ClaudeSession } from './session.ts';

/**
 * Claude Code keeps the whole conversation of each sub-agent in `<session>/subagents/agent-<id>.jsonl`: lines with
 * `isSidechain`, `agentId`, `sessionId`. The role's own stream has some of them too, with `parent_tool_use_id`.
 */
export function isTranscript(line: JsonObject): boolean {
  return line.isSidechain === true && typeof line.agentId === 'string';
}

/** Notes which call launched the agent that a line of a stream names. */
export function noteLaunch(line: JsonObject, { agents, attempt }: ClaudeSession): void {
  if (isTranscript(line)) return;
  const launched = (agentId: unknown, toolUseId: unknown) => {
    if (typeof agentId === 'string' && typeof toolUseId === 'string') agents.launched(agentId, { toolUseId, attempt });
  };
  launched(line.agent_id, line.parent_tool_use_id);
  if (line.type === 'system') launched(line.task_id, line.tool_use_id);
  const agentId = asObject(line.tool_use_result)?.agentId;
  if (agentId === undefined) return;
  const [answer] = asArray(asObject(line.message)?.content).map(asObject);
  launched(agentId, answer?.tool_use_id);
}

/** At the first line of an agent's transcript, what the file beside it says of it. */
export function describeAgent(line: JsonObject, { agents, described }: ClaudeSession, events: LineEvents): void {
  const agentId = isTranscript(line) ? asText(line.agentId) : undefined;
  const details = agentId === undefined || described.has(agentId) ? undefined : agents.detailsOf(agentId);
  if (agentId === undefined || details === undefined) return;
  described.add(agentId);
  const { toolUseId, subagentType, description, depth, isBackground } = details;
  events.add('task_update', {
    ...{ task_id: agentId, task_type: 'local_agent' },
    ...(toolUseId === undefined ? {} : { tool_use_id: toolUseId }),
    ...(subagentType === undefined ? {} : { subagent_type: subagentType }),
    ...(description === undefined ? {} : { description }),
    ...(depth === undefined ? {} : { depth }),
    ...(isBackground === undefined ? {} : { is_background: isBackground }),
    parent_tool_use_id: null,
  });
}

/** What `agent-<id>.meta.json` beside a transcript says; undefined for other files. @param path of the file, forward slashes */
export function agentDescribedIn(path: string, text: string): DescribedAgent | undefined {
  const agentId = /(?:^|\/)subagents\/(?:[^/]+\/){0,2}agent-([^/]+)\.meta\.json$/.exec(path)?.[1];
  const meta = agentId === undefined ? undefined : asObject(parseJson(text));
  if (agentId === undefined || meta === undefined) return undefined;
  const short = (value: unknown) => (asText(value) === undefined ? undefined : firstChars(asText(value) ?? '', 200));
  const details: AgentDetails = {
    toolUseId: short(meta.toolUseId),
    subagentType: short(meta.agentType),
    description: short(meta.description),
    depth: asAmount(meta.spawnDepth),
    isBackground: asText(meta.requestShape) === undefined ? undefined : meta.requestShape === 'background',
  };
  return { agentId, details };
}

/**
 * Where the events of a sub-agent's block go: nowhere when another file of the run has told of the block. The block is
 * read all the same, since what follows it needs it.
 */
export function eventsOfBlock(
  block: JsonObject,
  line: JsonObject,
  to: { session: ClaudeSession; events: LineEvents },
): LineEvents {
  const { session, events } = to;
  const agent = events.scope.parentToolUseId;
  return agent !== undefined && isTold(keyOf(block, line, agent), session) ? muted(events) : events;
}

/** Whether another file of the run tells of a sub-agent's message and what it used. */
export function isMessageTold(messageId: string, { scope }: LineEvents, session: ClaudeSession): boolean {
  return scope.parentToolUseId !== undefined && isTold(`message\0${messageId}`, session);
}

function isTold(key: string, { agents, path }: ClaudeSession): boolean {
  return !agents.isTeller(key, path);
}

/** What a block is known by in every file: its call's id, else what it says in its message, or to its agent. */
function keyOf(block: JsonObject, line: JsonObject, agent: string): string {
  const type = asText(block.type) ?? '';
  const id = asText(block.id) ?? asText(block.tool_use_id);
  if (id !== undefined) return `${type}\0${id}`;
  const message = asText(asObject(line.message)?.id) ?? agent;
  const said = asText(block.text) ?? asText(block.thinking) ?? '';
  return `${type}\0${message}\0${firstChars(said, 200)}`;
}

function muted(events: LineEvents): LineEvents {
  return { ...events, add: () => undefined, log: () => undefined };
}
