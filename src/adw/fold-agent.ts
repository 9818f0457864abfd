import { columnsOf, isErrorLevel } from '../event/types.ts';
import { workflowWrote } from './fold-log.ts';
import {
  attemptOf,
  type FoldStep,
  newSubAgent,
  OPEN_TOOLS_MAX,
  roleOf,
  sessionOf,
  subAgentOf,
  touch,
} from './fold-step.ts';
import { fileSays, prompted, pullRequestIn } from './fold-ticket.ts';
import { oneLine } from './format.ts';
import { estimateCostUsd } from './price.ts';
import {
  entryOf,
  type Fields,
  fieldsOf,
  numberOf,
  setEntry,
  textOf,
  timeOf,
  tokensOfModel,
  tokensOfUsage,
} from './read.ts';
import type { AdwState, AttemptState, ModelTotals, OpenTool, SessionState, Tokens } from './state.ts';
import { addTokens, NO_TOKENS, tokensBeyond } from './tokens.ts';
import { describeTool, SUB_AGENT_TOOLS } from './tool.ts';

/** Tool names with totals of their own. */
export const TOOL_NAMES_MAX = 500;

export function attemptStarted(step: FoldStep): void {
  const { attempt } = attemptOf(step);
  const lost = numberOf(step.data.lost_bytes) ?? 0;
  attempt.reason = textOf(step.data.reason, 40) ?? attempt.reason;
  attempt.lostBytes += lost;
  step.state.counts.lostBytes += lost;
}

export function sessionStarted(step: FoldStep): void {
  const { role, attempt } = attemptOf(step);
  const session = sessionOf(step, role, attempt);
  if (session !== undefined) session.model = textOf(step.data.model, 80) ?? session.model;
  // A session may go on after its result (a background task finished): then it runs again.
  attempt.endedMs = null;
  attempt.endedId = null;
  attempt.outcome = null;
  attempt.outcomeText = null;
}

export function sessionEnded(step: FoldStep): void {
  const { state, data, ms, id } = step;
  const { role, attempt } = attemptOf(step);
  const success = columnsOf('session_ended', data).status === 'ok';
  const doubt = success ? doubtOf(data, attempt) : null;
  attempt.endedMs = ms ?? attempt.lastMs;
  attempt.endedId = id;
  attempt.outcome = success ? (doubt === null ? 'success' : 'unclear') : 'error';
  attempt.outcomeText = doubt ?? outcomeText(data, success);
  attempt.open = [];
  attempt.lastKind = null;
  state.ticket.pullRequest = pullRequestIn(data.result) ?? state.ticket.pullRequest;
  const session = sessionOf(step, role, attempt);
  if (session === undefined) return;
  session.durationMs += numberOf(data.duration_ms) ?? 0;
  session.apiDurationMs += numberOf(data.duration_api_ms) ?? 0;
  session.turns += numberOf(data.num_turns) ?? 0;
  session.denials += Array.isArray(data.permission_denials) ? data.permission_denials.length : 0;
  session.final = finalOf(data, session);
  session.goesOn = false;
}

/** What speaks against a result that says success; null where nothing does. */
function doubtOf(data: Fields, attempt: AttemptState): string | null {
  if (typeof data.result === 'string' && data.result.trim() !== '') return null;
  if (data.stop_reason === 'tool_use') return 'success, but it was cut off while it called a tool';
  const tokens = tokensOfUsage(data.usage);
  const isIdle = numberOf(data.num_turns) === 0 && tokens.input + tokens.output === 0 && attempt.tools === 0;
  return isIdle ? 'success, but it did nothing: no turn, no token, no output' : null;
}

/**
 * Tokens and cost as the result says them. `model_usage` runs over the whole session, as the cost does, and covers
 * sub-agents and the small model's own calls; `usage` is one segment of the main model, and only the fallback.
 */
function finalOf(data: Fields, session: SessionState): NonNullable<SessionState['final']> {
  const costUsd = numberOf(data.total_cost_usd) ?? session.final?.costUsd ?? null;
  const models: Record<string, ModelTotals> = {};
  let tokens: Tokens = { ...NO_TOKENS };
  for (const [model, usage] of Object.entries(fieldsOf(data.model_usage))) {
    const totals = { tokens: tokensOfModel(usage), costUsd: numberOf(fieldsOf(usage).costUSD) ?? 0 };
    if (setEntry(models, model.slice(0, 80), totals, 20)) tokens = addTokens(tokens, totals.tokens);
  }
  if (Object.keys(models).length > 0) return { tokens, costUsd, models };
  tokens = tokensOfUsage(data.usage);
  return {
    tokens,
    costUsd,
    models: session.model === null ? {} : { [session.model]: { tokens, costUsd: costUsd ?? 0 } },
  };
}

function outcomeText(data: Fields, success: boolean): string {
  const subtype = textOf(data.subtype, 60) ?? 'unknown';
  if (success) return subtype;
  const errors = Array.isArray(data.errors) ? data.errors.filter(one => typeof one === 'string').join('; ') : '';
  const said = textOf(data.result) ?? textOf(errors);
  return said === null ? subtype : `${subtype === 'success' ? 'error' : subtype}: ${oneLine(said)}`;
}

export function usageUpdate(step: FoldStep): void {
  const { data } = step;
  const { role, attempt } = attemptOf(step);
  const session = sessionOf(step, role, attempt);
  if (session === undefined) return;
  const model = textOf(data.model, 80);
  const parent = subAgentOf(step, attempt);
  if (parent === undefined) session.model ??= model;
  const before = session.estimate ?? { tokens: { ...NO_TOKENS }, own: { ...NO_TOKENS }, costUsd: 0 };
  // Totals run over the session, and over each sub-agent apart; what they gained belongs to the model that they name.
  const totals = tokensOfUsage(data.totals);
  const gained = tokensBeyond(parent?.tokens ?? before.own, totals);
  const costUsd = before.costUsd + estimateCostUsd(model ?? session.model, gained);
  session.estimate = {
    tokens: notNegative(addTokens(before.tokens, gained)),
    own: parent === undefined ? totals : before.own,
    costUsd: numberOf(data.total_cost_usd) ?? Math.max(0, costUsd),
  };
  session.goesOn = session.final !== null;
  if (parent !== undefined) parent.tokens = totals;
}

function notNegative(tokens: Tokens): Tokens {
  return {
    input: Math.max(0, tokens.input),
    output: Math.max(0, tokens.output),
    cacheRead: Math.max(0, tokens.cacheRead),
    cacheWrite: Math.max(0, tokens.cacheWrite),
  };
}

export function toolUsePre(step: FoldStep): void {
  const { state, data, ms, seq } = step;
  const { attempt } = attemptOf(step);
  const tool = textOf(data.tool_name, 200) ?? 'unknown';
  const id = textOf(data.tool_use_id, 128) ?? `#${seq}`;
  // A Python client and the sidecar may both tell of the same call.
  if (attempt.open.some(one => one.id === id)) return;
  const parent = subAgentOf(step, attempt);
  const input = data.tool_input ?? data.input;
  state.counts.tools += 1;
  attempt.tools += 1;
  if (parent !== undefined) parent.tools += 1;
  toolTotals(state, tool, totals => {
    totals.calls += 1;
  });
  attempt.open.push({
    id,
    eventId: step.id,
    tool,
    argument: describeTool(tool, input),
    sinceMs: ms,
    parent: parent?.id ?? null,
  });
  if (attempt.open.length > OPEN_TOOLS_MAX) attempt.open.shift();
  if (SUB_AGENT_TOOLS.has(tool)) {
    const subAgent =
      attempt.subAgents.find(one => one.id === id) ??
      newSubAgent(state, attempt, { id, parent: parent?.id ?? null, ms });
    if (subAgent !== undefined) {
      subAgent.type = textOf(fieldsOf(input).subagent_type, 80) ?? '';
      subAgent.description = describeTool(tool, input);
    }
  }
}

export function toolUsePost(step: FoldStep): void {
  const { state, data, ms } = step;
  const { attempt } = attemptOf(step);
  const id = textOf(data.tool_use_id, 128);
  const name = textOf(data.tool_name, 200);
  const index = attempt.open.findIndex(one => (id === null ? one.tool === name : one.id === id));
  const [call] = index === -1 ? [] : attempt.open.splice(index, 1);
  if (data.status === 'retracted') {
    if (call !== undefined) takenBack(step, call);
    return;
  }
  const failed = columnsOf('tool_use_post', data).status === 'error';
  const parent = subAgentOf(step, attempt);
  if (failed) {
    state.counts.toolErrors += 1;
    attempt.toolErrors += 1;
    if (parent !== undefined) parent.toolErrors += 1;
  }
  toolTotals(state, call?.tool ?? name ?? 'unknown', totals => {
    totals.errors += failed ? 1 : 0;
    totals.durationMs += numberOf(data.duration_ms) ?? 0;
  });
  const ended = id === null ? undefined : attempt.subAgents.find(one => one.id === id);
  if (ended !== undefined) {
    ended.endedMs = ms ?? ended.lastMs;
    ended.outcome = failed ? 'error' : 'success';
  }
}

/** A call that its agent took back before it ran is no work. */
function takenBack(step: FoldStep, call: OpenTool): void {
  const { attempt } = attemptOf(step);
  step.state.counts.tools -= 1;
  attempt.tools -= 1;
  const parent = attempt.subAgents.find(({ id }) => id === call.parent);
  if (parent !== undefined) parent.tools -= 1;
  toolTotals(step.state, call.tool, totals => {
    totals.calls -= 1;
  });
  attempt.subAgents = attempt.subAgents.filter(({ id }) => id !== call.id);
}

function toolTotals(state: AdwState, tool: string, change: (totals: AdwState['tools'][string]) => void): void {
  const totals = entryOf(state.tools, tool) ?? { calls: 0, errors: 0, durationMs: 0 };
  change(totals);
  if (!setEntry(state.tools, tool, totals, TOOL_NAMES_MAX)) state.beyondLimits += 1;
}

export function spoke(step: FoldStep): void {
  const { attempt } = attemptOf(step);
  subAgentOf(step, attempt);
  attempt.lastKind = step.type === 'thinking_block' ? 'thinking' : 'text';
}

export function malformedLine(step: FoldStep): void {
  const { attempt } = attemptOf(step);
  attempt.malformedLines += 1;
  step.state.counts.malformedLines += 1;
}

export function outputChunk(step: FoldStep): void {
  attemptOf(step);
  step.state.counts.lines += numberOf(step.data.lines) ?? 0;
}

export function agentCreated(step: FoldStep): void {
  if (textOf(step.data.agent_role) !== null) roleOf(step);
}

/** A log entry dates its role and its attempt, and counts when it is an error; it begins no attempt. */
export function logEntry(step: FoldStep): void {
  const { data } = step;
  const role = textOf(data.agent_role) === null ? undefined : roleOf(step);
  if (data.event_type === 'execution_log') workflowWrote(step);
  if (data.event_type === 'prompt') prompted(step, role);
  if (data.event_type === 'outcome') fileSays(step, role);
  const number = numberOf(data.attempt);
  const own = role?.attempts.find(one => one.attempt === number);
  if (own !== undefined) {
    touch(own, step);
    own.waiting = waitOf(step);
  }
  if (!isErrorLevel(data.level)) return;
  step.state.counts.logErrors += 1;
  const attempt = own ?? role?.attempts.at(-1);
  if (attempt !== undefined) attempt.errors += 1;
}

/** What a log entry says that its agent waits for. */
function waitOf({ data, ms, id }: FoldStep): AttemptState['waiting'] {
  const waiting = fieldsOf(data.waiting);
  const cause = textOf(waiting.for, 40);
  if (cause === null) return null;
  return {
    for: cause,
    untilMs: timeOf(waiting.until),
    attempt: numberOf(waiting.attempt),
    attemptsMax: numberOf(waiting.attempts_max),
    message: oneLine(textOf(waiting.message) ?? ''),
    sinceMs: ms,
    eventId: id,
  };
}
