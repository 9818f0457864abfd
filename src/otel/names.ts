/**
 * The names that spans speak: OpenTelemetry's GenAI conventions (a repository of their own since 2026, 0.1.0, everything in
 * development), those that backends read beside them, and ours, which begin with `adw.`. They are here and nowhere else.
 */

/** Values of {@link GEN_AI}.operation. */
export const OPERATION = {
  workflow: 'invoke_workflow',
  agent: 'invoke_agent',
  chat: 'chat',
  tool: 'execute_tool',
} as const;

export const GEN_AI = {
  operation: 'gen_ai.operation.name',
  conversation: 'gen_ai.conversation.id',
  agentName: 'gen_ai.agent.name',
  /** The version of the program that the agent runs in. */
  agentVersion: 'gen_ai.agent.version',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  responseModel: 'gen_ai.response.model',
  responseId: 'gen_ai.response.id',
  finishReasons: 'gen_ai.response.finish_reasons',
  /** All of them: those that came from a cache, or were written into one, too. */
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cacheReadTokens: 'gen_ai.usage.cache_read.input_tokens',
  cacheWriteTokens: 'gen_ai.usage.cache_creation.input_tokens',
  reasoningTokens: 'gen_ai.usage.reasoning.output_tokens',
  toolName: 'gen_ai.tool.name',
  toolCallId: 'gen_ai.tool.call.id',
  toolType: 'gen_ai.tool.type',
  // Content: only where it was asked for.
  inputMessages: 'gen_ai.input.messages',
  outputMessages: 'gen_ai.output.messages',
  toolArguments: 'gen_ai.tool.call.arguments',
  toolResult: 'gen_ai.tool.call.result',
} as const;

export const ERROR_TYPE = 'error.type';

/** What Langfuse and Phoenix group, draw and show by. */
export const BACKEND = {
  session: 'session.id',
  spanKind: 'openinference.span.kind',
  /** JSON `{"total": dollars}`: Langfuse shows it, where it would else work one out by prices of its own. */
  langfuseCost: 'langfuse.observation.cost_details',
  input: 'input.value',
  output: 'output.value',
} as const;

/** Values of {@link BACKEND}.spanKind. */
export const SPAN_KIND = { chain: 'CHAIN', agent: 'AGENT', llm: 'LLM', tool: 'TOOL' } as const;

export const ADW = {
  id: 'adw.id',
  eventId: 'adw.event.id',
  workflow: 'adw.workflow',
  state: 'adw.state',
  phase: 'adw.phase',
  /** What does the work of a phase that the run names itself: `agent` or `code`. */
  phaseKind: 'adw.phase.kind',
  gate: 'adw.gate.name',
  gatePassed: 'adw.gate.passed',
  role: 'adw.role',
  /** The program that the agent runs in: `Claude Code`, `Pi`, … */
  program: 'adw.agent.program',
  attempt: 'adw.attempt',
  /** Counts what goes on after it had ended, and phases that are entered again; from 2 on. */
  continuation: 'adw.continuation',
  /** Its end was never written. */
  incomplete: 'adw.incomplete',
  /** How its times are known, where they are worked out or not known: `estimated` or `unknown`. */
  timing: 'adw.timing',
  background: 'adw.background',
  costUsd: 'adw.cost.usd',
  /** The counts are those of the message's beginning, as its program writes them: at least so much was used. */
  usageEstimated: 'adw.usage.estimated',
  linesAdded: 'adw.file.lines_added',
  linesRemoved: 'adw.file.lines_removed',
  turns: 'adw.result.turns',
  resultCostUsd: 'adw.result.cost_usd',
  resultSubtype: 'adw.result.subtype',
  level: 'adw.log.level',
  message: 'adw.log.message',
} as const;

const PROVIDERS: readonly (readonly [RegExp, string])[] = [
  [/claude/, 'anthropic'],
  [/^(?:gpt|o\d|codex|chatgpt)/, 'openai'],
  [/^gemini/, 'gcp.gemini'],
  [/^grok/, 'x_ai'],
  [/^(?:mistral|codestral|devstral)/, 'mistral_ai'],
  [/^deepseek/, 'deepseek'],
];

/** The company that makes a model, by the model's name (`anthropic/claude-…` too); undefined where the name tells none. */
export function providerOf(model: string): string | undefined {
  const name = model.toLowerCase().split('/').at(-1) ?? '';
  return PROVIDERS.find(([pattern]) => pattern.test(name))?.[1];
}
