import { columnsOf } from '../event/columns.ts';
import { toolKindOf } from '../event/tool-kind.ts';
import { isErrorLevel } from '../event/types.ts';
import { accountInit, accountResult, accountUsage } from './account.ts';
import type { Used } from './account-state.ts';
import { workflowWrote } from './fold-log.ts';
import { answered, called, isCommand, keyOf, uncalled } from './fold-loops.ts';
import { accountOf, attemptOf, type FoldStep, OPEN_TOOLS_MAX, roleOf, touch } from './fold-step.ts';
import { agentAnswered, agentBegins, agentCalled, mayWake, subAgentOf } from './fold-task.ts';
import { fileSays, gitChanged, newerOf, prompted, pullRequestIn } from './fold-ticket.ts';
import { isGuessed } from './fold-times.ts';
import { oneLine } from './format.ts';
import { entryOf, type Fields, fieldsOf, later, numberOf, setEntry, textOf, timeOf, tokensOfUsage } from './read.ts';
import type { AdwState, AttemptState, OpenTool } from './state.ts';
import { tokensBeyond } from './tokens.ts';
import { clientTells, clientTellsEnd, clientWithdraws, isOfLine, isToldByLines, lineTells } from './told-calls.ts';
import { describeTool } from './tool.ts';
import { agentTypeOf } from './tool-data.ts';

/** Tool names with totals of their own. */
const TOOL_NAMES_MAX = 500;

export function attemptStarted(step: FoldStep): void {
  const { attempt } = attemptOf(step);
  const lost = numberOf(step.data.lost_bytes) ?? 0;
  attempt.reason = textOf(step.data.reason, 40) ?? attempt.reason;
  attempt.lostBytes += lost;
  step.state.counts.lostBytes += lost;
}

export function sessionStarted(step: FoldStep): void {
  const { role, attempt } = attemptOf(step);
  const account = accountOf(step, role, attempt);
  if (account !== undefined) accountInit(account, step, mayWake(attempt));
  agentBegins(attempt);
  attempt.cwd = textOf(step.data.cwd, 1024) ?? attempt.cwd;
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
  attempt.repeated = {};
  attempt.lastKind = null;
  state.ticket.pullRequest = newerOf(state.ticket.pullRequest, { text: pullRequestIn(data.result), ms });
  const account = accountOf(step, role, attempt);
  if (account !== undefined) accountResult(account, data);
}

/** What speaks against a result that says success; null where nothing does. */
function doubtOf(data: Fields, attempt: AttemptState): string | null {
  if (typeof data.result === 'string' && data.result.trim() !== '') return null;
  if (data.stop_reason === 'tool_use') return 'success, but it was cut off while it called a tool';
  const tokens = tokensOfUsage(data.usage);
  const isIdle = numberOf(data.num_turns) === 0 && tokens.input + tokens.output === 0 && attempt.tools === 0;
  return isIdle ? 'success, but it did nothing: no turn, no token, no output' : null;
}

function outcomeText(data: Fields, success: boolean): string {
  const subtype = textOf(data.subtype, 60) ?? 'unknown';
  if (success) return subtype;
  const errors = Array.isArray(data.errors) ? data.errors.filter(one => typeof one === 'string').join('; ') : '';
  const said = textOf(data.result) ?? textOf(errors);
  return said === null ? subtype : `${subtype === 'success' ? 'error' : subtype}: ${oneLine(said)}`;
}

/** Running totals came, of the session's main agent or of one sub-agent; what they gained belongs to the account. */
export function usageUpdate(step: FoldStep): void {
  const { data } = step;
  const { role, attempt } = attemptOf(step);
  const account = accountOf(step, role, attempt);
  if (account === undefined) return;
  const isSubAgent = textOf(data.parent_tool_use_id, 128) !== null;
  const task = subAgentOf(step, attempt);
  // A sub-agent beyond the limit has nothing that its totals could be held against.
  if (isSubAgent && task === undefined) return;
  if (!isSubAgent) account.model ??= textOf(data.model, 80);
  const totals: Used = { tokens: tokensOfUsage(data.totals), costUsd: numberOf(data.cost_usd) };
  const kept = data.is_transcript === true ? 'seenBeside' : 'seen';
  const before = task?.[kept] ?? account.seenOwn;
  const costUsd = totals.costUsd === null ? null : totals.costUsd - (before.costUsd ?? 0);
  const gained = { tokens: tokensBeyond(before.tokens, totals.tokens), costUsd };
  accountUsage(account, gained, textOf(data.model, 80) ?? account.model);
  if (task === undefined) account.seenOwn = totals;
  else task[kept] = totals;
}

export function toolUsePre(step: FoldStep): void {
  const { state, data, ms, seq } = step;
  if (isToldByLines(state, data)) return;
  lineTells(state, data);
  const { role, attempt } = attemptOf(step);
  const tool = textOf(data.tool_name, 200) ?? 'unknown';
  const id = textOf(data.tool_use_id, 128) ?? `#${seq}`;
  if (attempt.open.some(one => one.id === id)) return;
  if (!isOfLine(data)) clientTells(state, { id, role: role.role, attempt: attempt.attempt, tool });
  const parent = subAgentOf(step, attempt);
  const input = data.input ?? data.tool_input;
  const kind = toolKindOf(data);
  const argument = describeTool(tool, input, attempt.cwd, kind);
  state.counts.tools += 1;
  attempt.tools += 1;
  if (parent !== undefined) parent.toolsSeen += 1;
  toolTotals(state, tool, totals => {
    totals.calls += 1;
  });
  const call: OpenTool = {
    id,
    eventId: step.id,
    tool,
    argument,
    sinceMs: ms,
    parent: parent?.toolUseId ?? null,
    key: keyOf(tool, step),
    isCommand: isCommand(input),
  };
  attempt.open.push(call);
  called(step, attempt, call);
  if (attempt.open.length > OPEN_TOOLS_MAX) attempt.open.shift();
  if (kind === 'delegate') {
    const type = textOf(agentTypeOf(fieldsOf(input)), 80) ?? '';
    agentCalled(step, attempt, { id, type, description: argument });
  }
}

export function toolUsePost(step: FoldStep): void {
  const { state, data } = step;
  if (isToldByLines(state, data)) return;
  lineTells(state, data);
  const { role, attempt } = attemptOf(step);
  const id = textOf(data.tool_use_id, 128);
  const name = textOf(data.tool_name, 200);
  const index = attempt.open.findIndex(one => (id === null ? one.tool === name : one.id === id));
  const [call] = index === -1 ? [] : attempt.open.splice(index, 1);
  if (data.status === 'retracted') {
    if (call !== undefined) takenBack(step, call);
    if (id !== null) clientWithdraws(state, id);
    return;
  }
  const failed = columnsOf('tool_use_post', data).status === 'error';
  if (call !== undefined) answered(step, role.role, { call, failed });
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
  if (id !== null && !isOfLine(data))
    clientTellsEnd(state, id, { failed, durationMs: numberOf(data.duration_ms) ?? 0 });
  gitChanged(step);
  if (id !== null) agentAnswered(step, attempt, id, failed);
}

/** A call that its agent took back before it ran is no work. */
function takenBack(step: FoldStep, call: OpenTool): void {
  const { attempt } = attemptOf(step);
  step.state.counts.tools -= 1;
  attempt.tools -= 1;
  uncalled(attempt, call);
  const parent = call.parent === null ? undefined : attempt.tasks.find(({ toolUseId }) => toolUseId === call.parent);
  if (parent !== undefined) parent.toolsSeen -= 1;
  toolTotals(step.state, call.tool, totals => {
    totals.calls -= 1;
  });
  attempt.tasks = attempt.tasks.filter(({ toolUseId }) => toolUseId !== call.id);
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
  if (textOf(step.data.agent_role) === null) return;
  const role = roleOf(step);
  if (!isGuessed(step.data.timing)) role.appearedMs = later(role.appearedMs, step.ms);
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
