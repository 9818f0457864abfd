import { callKey } from './call-key.ts';
import type { FoldStep } from './fold-step.ts';
import { isGuessed } from './fold-times.ts';
import { iso } from './iso.ts';
import { entryOf, fieldsOf, later, setEntry } from './read.ts';
import type { AdwState, AttemptState, LoopCall, OpenTool } from './state.ts';
import type { LoopSummary } from './summary-shape.ts';
import { isOfLine } from './told-calls.ts';
import { commandOf } from './tool-data.ts';

/** Agents of one attempt whose newest call is kept, the newest. */
const AGENTS_MAX = 64;
/** Commands kept that failed and have not succeeded since. */
const FAILING_MAX = 200;
/** A call made less often in a row than this is no loop: agents look twice. */
const REPEATS_MIN = 3;

/** What names the call of an event; null where its input is not whole. */
export function keyOf(tool: string, { data }: FoldStep): string | null {
  return callKey(tool, data.input ?? data.tool_input, data.truncated === true);
}

/** An agent made a call: the same one as before, or another. Each sub-agent of an attempt counts for itself. */
export function called(step: FoldStep, attempt: AttemptState, { id, key, tool, argument, parent }: OpenTool): void {
  // What a client posts beside the lines is the same call told twice.
  if (!isOfLine(step.data) && step.state.calls.recent.length > 0) return;
  const agent = parent ?? '';
  const before = entryOf(attempt.repeated, agent);
  const isSame = before !== undefined && key !== null && before.key === key;
  const { ms, id: eventId } = step;
  delete attempt.repeated[agent];
  const [oldest] = Object.keys(attempt.repeated);
  if (oldest !== undefined && Object.keys(attempt.repeated).length >= AGENTS_MAX) delete attempt.repeated[oldest];
  const call = { key, tool, argument, callId: id, firstId: eventId, eventId, ms, count: 1 };
  const again = isSame ? { ...call, firstId: before.firstId, count: before.count + 1 } : call;
  setEntry(attempt.repeated, agent, again, AGENTS_MAX);
}

/** A call that was taken back is no call. */
export function uncalled(attempt: AttemptState, { id, parent }: OpenTool): void {
  const last = entryOf(attempt.repeated, parent ?? '');
  if (last !== undefined && last.callId === id) last.count -= 1;
}

/**
 * A command failed, or succeeded. When files were changed since it failed last, by the times of both, a fix has not helped.
 * The times decide, since a replay reads one file after the other; where they are guessed, no fix is counted.
 */
export function answered(step: FoldStep, role: string, { call, failed }: { call: OpenTool; failed: boolean }): void {
  const { state, id: eventId, data } = step;
  const { key, tool, argument } = call;
  if (!call.isCommand || key === null) return;
  const before = entryOf(state.failing, key);
  const ms = isGuessed(data.timing) ? null : step.ms;
  if (!failed) {
    delete state.failing[key];
    return;
  }
  const isFixed = before !== undefined && before.ms !== null && isBetween(before.ms, state.changedMs, ms);
  const firstId = before?.firstId ?? eventId;
  const fixes = (before?.fixes ?? 0) + (isFixed ? 1 : 0);
  if (!setEntry(state.failing, key, { role, tool, argument, firstId, eventId, ms, fixes }, FAILING_MAX))
    state.beyondLimits += 1;
}

function isBetween(fromMs: number, ms: number | null, toMs: number | null): boolean {
  return ms !== null && toMs !== null && fromMs <= ms && ms <= toMs && fromMs < toMs;
}

/** A file was changed, by whatever role. */
export function changed({ state, ms, data }: FoldStep): void {
  if (!isGuessed(data.timing)) state.changedMs = later(state.changedMs, ms);
}

/** Whether a call runs a command: its failure is that of a check as much as its own. */
export function isCommand(input: unknown): boolean {
  return commandOf(fieldsOf(input)) !== undefined;
}

/** What goes round in circles now, the most rounds first. */
export function loopSummaries({ roles, failing }: AdwState): LoopSummary[] {
  const repeated = Object.values(roles).flatMap(({ role, attempts }) =>
    Object.values(attempts.at(-1)?.repeated ?? {})
      .filter(({ count }) => count >= REPEATS_MIN)
      .map(call => ({ ...summaryOf(call), kind: 'repeated_call' as const, role, count: call.count })),
  );
  const failed = Object.values(failing)
    .filter(({ fixes }) => fixes > 0)
    .map(call => ({ ...summaryOf(call), kind: 'failing_test' as const, role: call.role, count: call.fixes }));
  return [...repeated, ...failed].toSorted((a, b) => b.count - a.count);
}

function summaryOf({ tool, argument, firstId, eventId, ms }: LoopCall) {
  return { tool, argument, first_event_id: firstId, event_id: eventId, at: iso(ms) };
}
