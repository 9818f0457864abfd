import { type Fields, fieldsOf, later, numberOf, textOf, tokensOfUsage } from '../../adw/read.ts';
import { NO_TOKENS, type Tokens } from '../../adw/tokens.ts';
import { ADW, BACKEND, GEN_AI, OPERATION, providerOf, SPAN_KIND } from '../names.ts';
import { OpenSpan, spanIdOf } from './open-span.ts';
import type { SpanStep, SpanWorld } from './world.ts';

/** What a message said, kept where content was asked for: the first of it. */
const PARTS_MAX = 64;

/** A message of the model, while more of it may come. */
interface OpenChat {
  readonly span: OpenSpan;
  messageId: string | null;
  tokens: Tokens;
  reasoning: number | null;
  costUsd: number | null;
  readonly parts: Record<string, unknown>[];
}

/**
 * The requests to a model of one agent or sub-agent, one span a message: from what came before it (a tool's result, the
 * start) to its last line. A message ends where the next begins, since results of its first calls may come before its last
 * lines do.
 */
export class Conversation {
  readonly #world: SpanWorld;
  readonly #parentSpanId: () => string;
  #chat: OpenChat | undefined;
  /** When the newest thing that a request waits for was there. */
  #sinceMs: number | null = null;
  #answered = false;
  #namesMessages = false;
  /** What the totals cost that were told last, by their session, and by whether its stream or a transcript told them. */
  readonly #costs = new Map<string, number>();

  constructor(world: SpanWorld, parentSpanId: () => string) {
    this.#world = world;
    this.#parentSpanId = parentSpanId;
  }

  /** What the next message answers has come. */
  given(ms: number | null): void {
    this.#sinceMs = later(this.#sinceMs, ms);
    this.#answered = true;
  }

  /** A message used tokens: its own counts, of which the last ones hold, and what all messages cost together. */
  used(step: SpanStep): void {
    const { data, ms } = step;
    const id = textOf(data.message_id, 128);
    if (id !== null) this.#namesMessages = true;
    const chat = this.#chatOf(step, id);
    chat.messageId ??= id;
    chat.tokens = tokensOfUsage(data.usage);
    chat.reasoning = numberOf(fieldsOf(data.usage).reasoning_output_tokens) ?? chat.reasoning;
    const teller = `${textOf(data.session_id, 128) ?? ''}\0${data.is_transcript === true}`;
    const total = numberOf(data.cost_usd);
    if (total !== null) {
      chat.costUsd = (chat.costUsd ?? 0) + total - (this.#costs.get(teller) ?? 0);
      this.#costs.set(teller, total);
    }
    chat.span.touch(ms);
    chat.span.set(modelOf(data));
    if (data.estimated === true) chat.span.set({ [ADW.usageEstimated]: true });
  }

  /** A block of a message. */
  said(step: SpanStep, part: Record<string, unknown>): void {
    const chat = this.#chatThatSays(step);
    if (chat === undefined) return;
    chat.span.touch(step.ms);
    if (this.#world.content && chat.parts.length < PARTS_MAX) chat.parts.push(part);
  }

  /** Nothing more of the newest message comes. */
  end(finishReason?: string | null): void {
    const chat = this.#chat;
    this.#chat = undefined;
    if (chat === undefined) return;
    const { span, messageId, tokens, reasoning, costUsd, parts } = chat;
    const isCounted = tokens !== NO_TOKENS;
    span.set({
      [GEN_AI.responseId]: messageId,
      [GEN_AI.finishReasons]: finishReason ? [finishReason] : null,
      [GEN_AI.inputTokens]: isCounted ? tokens.input + tokens.cacheRead + tokens.cacheWrite : null,
      [GEN_AI.outputTokens]: isCounted ? tokens.output : null,
      [GEN_AI.cacheReadTokens]: isCounted ? tokens.cacheRead : null,
      [GEN_AI.cacheWriteTokens]: isCounted ? tokens.cacheWrite : null,
      [GEN_AI.reasoningTokens]: reasoning,
      ...costOf(costUsd),
    });
    if (parts.length > 0) {
      const messages = JSON.stringify([{ role: 'assistant', parts }]);
      span.set({ [GEN_AI.outputMessages]: messages, [BACKEND.output]: messages });
    }
    this.given(span.lastMs);
    this.#world.emit(span, {});
  }

  /** The message that a block is of: the one that it names, else the newest, which its usage came before. */
  #chatThatSays(step: SpanStep): OpenChat | undefined {
    const id = textOf(step.data.message_id, 128);
    if (id !== null) {
      this.#namesMessages = true;
      const chat = this.#chatOf(step, id);
      chat.messageId ??= id;
      return chat;
    }
    const isNew = this.#chat === undefined || (this.#answered && !this.#namesMessages);
    if (isNew && this.#namesMessages) return undefined;
    return isNew ? this.#begin(step) : this.#chat;
  }

  #chatOf(step: SpanStep, id: string | null): OpenChat {
    const chat = this.#chat;
    if (chat === undefined) return this.#begin(step);
    if (id === null || chat.messageId === id) return chat;
    return chat.messageId === null && !this.#answered ? chat : this.#begin(step);
  }

  #begin(step: SpanStep): OpenChat {
    this.end();
    const { data, ms, id } = step;
    const model = textOf(data.model, 80);
    const { adwId } = this.#world;
    const startMs = this.#sinceMs !== null && ms !== null ? Math.min(this.#sinceMs, ms) : ms;
    const span = new OpenSpan({
      adwId,
      spanId: spanIdOf(adwId, OPERATION.chat, id),
      parentSpanId: this.#parentSpanId(),
      name: model === null ? OPERATION.chat : `${OPERATION.chat} ${model}`,
      kind: 'client',
      ms: startMs,
      attributes: {
        [GEN_AI.operation]: OPERATION.chat,
        ...modelOf(data),
        [GEN_AI.conversation]: textOf(data.session_id, 128),
        [BACKEND.spanKind]: SPAN_KIND.llm,
        ...step.common,
      },
    });
    span.touch(ms);
    this.#answered = false;
    this.#chat = { span, messageId: null, tokens: NO_TOKENS, reasoning: null, costUsd: null, parts: [] };
    return this.#chat;
  }
}

function modelOf(data: Fields) {
  const model = textOf(data.model, 80);
  if (model === null) return {};
  return {
    [GEN_AI.provider]: providerOf(model),
    [GEN_AI.requestModel]: model,
    [GEN_AI.responseModel]: model,
  };
}

function costOf(costUsd: number | null) {
  if (costUsd === null) return {};
  const rounded = Math.max(0, Math.round(costUsd * 1e9) / 1e9);
  return { [ADW.costUsd]: rounded, [BACKEND.langfuseCost]: JSON.stringify({ total: rounded }) };
}
