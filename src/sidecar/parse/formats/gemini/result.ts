import { asAmount, asObject, asText, type JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import { firstChars, firstLine } from '../../preview.ts';
import { addUsage, pricedAt } from '../../session/add-usage.ts';
import { endSession } from '../../session/ended.ts';
import { NO_USAGE, sumOfUsage, type Usage } from '../../session/usage.ts';
import type { GeminiSession } from './session.ts';

/** Models that one result names. Prevents a line of invented models from making as many events. */
const MODELS_MAX = 20;
/** Beyond this many tokens a request may cost more a token; no request that a process made is known to have been so large. */
const REQUEST_TOKENS_MAX = 100_000;

/**
 * `result`: the process ends. Its numbers are the process's own, and nothing before them says what was used: those of a
 * session that was resumed begin at zero.
 */
export function resultLine(line: JsonObject, session: GeminiSession, events: LineEvents): void {
  session.results += 1;
  const stats = asObject(line.stats);
  const used = stats === undefined ? [] : usedBy(stats, session);
  for (const [model, tokens] of used) take(model, tokens, session, events);
  const isError = line.status !== 'success';
  const error = asObject(line.error);
  const why = firstLine(asText(error?.message) ?? session.error ?? '', 300);
  // An error that ends the program says that it took no time.
  const durationMs = asAmount(stats?.duration_ms) || undefined;
  endSession(
    {
      subtype: isError ? firstChars(asText(error?.type) ?? 'error', 100) : 'success',
      ...{ isError, durationMs },
      why: isError ? why || undefined : undefined,
      result: session.answer,
      usage: used.map(([, tokens]) => tokens).reduce(sumOfUsage, NO_USAGE),
      modelUsage: modelUsageOf(session),
      errors: isError && why !== '' ? [why] : [],
    },
    events,
  );
  session.answer = undefined;
  session.error = undefined;
}

/** What each model used. Without models, what all of it was is the session's. */
function usedBy(stats: JsonObject, session: GeminiSession): (readonly [string, Usage])[] {
  const models = Object.entries(asObject(stats.models) ?? {}).slice(0, MODELS_MAX);
  const all = models.length > 0 ? models : [[session.model ?? 'unknown', stats] as const];
  return all.map(([model, counts]) => [firstChars(model, 80), usageOf(asObject(counts) ?? {})]);
}

/**
 * Tokens as Anthropic counts them: what was read from a cache is no input, and what was thought is output. The program counts thoughts in
 * the total alone.
 */
function usageOf(counts: JsonObject): Usage {
  const [total, prompt, output, cached] = [
    counts.total_tokens,
    counts.input_tokens,
    counts.output_tokens,
    counts.cached,
  ].map(count => asAmount(count) ?? 0) as [number, number, number, number];
  return {
    input_tokens: Math.max(0, prompt - cached),
    output_tokens: Math.max(output, total - prompt),
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: 0,
  };
}

function take(model: string, tokens: Usage, session: GeminiSession, events: LineEvents): void {
  const id = session.sessionId ?? '';
  const models = session.byModel.get(id) ?? new Map<string, Usage>();
  session.byModel.set(id, models.set(model, sumOfUsage(models.get(model) ?? NO_USAGE, tokens)));
  // How full the context is no total says.
  const fields = { model, context_tokens: null };
  const costUsd = priceOf(model, tokens, session, events);
  addUsage({ messageId: `${model} ${session.results}`, tokens, costUsd, fields }, session, events);
}

/** What many requests cost at list price, US dollars: as requests of a size for which no model asks more. */
function priceOf(model: string, tokens: Usage, { price }: GeminiSession, events: LineEvents): number | null {
  const { input_tokens: input, output_tokens: output, cache_read_input_tokens: cacheRead } = tokens;
  const requests = Math.ceil((input + cacheRead) / REQUEST_TOKENS_MAX) || 1;
  const one = price({
    model,
    ms: pricedAt(events),
    input: input / requests,
    output: output / requests,
    cacheRead: cacheRead / requests,
    cacheWrite: 0,
    cacheWriteHour: 0,
  });
  return one === undefined ? null : one * requests;
}

/** What the session used so far, over all of its processes in this file, as Claude Code's results name it. */
function modelUsageOf({ byModel, sessionId = '' }: GeminiSession): JsonObject {
  const models = byModel.get(sessionId) ?? new Map<string, Usage>();
  return Object.fromEntries(
    [...models].map(([model, tokens]) => [
      model,
      {
        inputTokens: tokens.input_tokens,
        outputTokens: tokens.output_tokens,
        cacheReadInputTokens: tokens.cache_read_input_tokens,
        cacheCreationInputTokens: tokens.cache_creation_input_tokens,
      },
    ]),
  );
}
