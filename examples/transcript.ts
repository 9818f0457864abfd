import { createHash } from 'node:crypto';

type Json = Record<string, unknown>;

/** What a tool answers: its text or blocks, and the structured copy that stands beside it on the line. */
export interface ToolAnswer {
  readonly content: string | readonly Json[];
  readonly structured?: unknown;
  readonly isError?: boolean;
}

/** A tool call of a transcript. */
export interface ToolCall extends ToolAnswer {
  readonly name: string;
  readonly input: Json;
}

/** What begins a session. */
export interface SessionOptions {
  readonly role: string;
  readonly model: string;
  readonly mcpServers?: readonly { readonly name: string; readonly status: string }[];
}

const MODELS = {
  sonnet: { input: 3, output: 15 },
  haiku: { input: 1, output: 5 },
} as const;

const NOTHING = {
  input_tokens: 0,
  output_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
};

/**
 * Writes what `claude -p --output-format stream-json --verbose` writes: one JSON value a line, no timestamps, one block a
 * line, the usage of an API message repeated on each of its lines, a `result` with cumulative cost at the end.
 * Everything is derived from the role and the order of calls, so that the same script gives the same bytes.
 */
export class Transcript {
  readonly lines: Json[] = [];
  readonly sessionId: string;
  readonly #options: SessionOptions;
  readonly #total = { ...NOTHING };
  #count = 0;
  #turns = 0;
  #parent: string | null = null;
  #message: { id: string; usage: Json } | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.sessionId = uuid(`${options.role} session`);
  }

  hook(event: string, exitCode: number, output: string): this {
    const fields = { hook_name: `${event}:startup`, hook_event: event, stdout: exitCode === 0 ? output : '' };
    return this.#push({
      type: 'system',
      subtype: 'hook_response',
      ...fields,
      stderr: exitCode === 0 ? '' : output,
      exit_code: exitCode,
    });
  }

  init(tools: readonly string[]): this {
    return this.#push({
      type: 'system',
      subtype: 'init',
      cwd: '/home/dev/notes',
      tools,
      mcp_servers: this.#options.mcpServers ?? [],
      model: this.#options.model,
      permissionMode: 'bypassPermissions',
      slash_commands: ['feature', 'implement', 'test', 'review', 'document', 'commit'],
      apiKeySource: 'ANTHROPIC_API_KEY',
      claude_code_version: '2.1.44',
      output_style: 'default',
      agents: ['general-purpose', 'Explore'],
      skills: [],
      plugins: [],
    });
  }

  system(subtype: string, fields: Json): this {
    return this.#push({ type: 'system', subtype, ...fields });
  }

  think(thinking: string): this {
    return this.#block({ type: 'thinking', thinking, signature: digest(thinking).slice(0, 32) });
  }

  say(text: string): this {
    return this.#block({ type: 'text', text });
  }

  /** A call with its answer. */
  tool(call: ToolCall): this {
    return this.tools([call]);
  }

  /** Calls that are open at the same time: all are asked before the first answers. */
  tools(calls: readonly ToolCall[]): this {
    const ids = calls.map(({ name, input }) => this.ask(name, input));
    calls.forEach((call, index) => {
      this.answer(ids[index] as string, call);
    });
    return this;
  }

  /** Opens a call and gives its id. */
  ask(name: string, input: Json): string {
    const id = `toolu_01${digest(`${this.#options.role} tool ${this.#count}`).slice(0, 22)}`;
    this.#block({ type: 'tool_use', id, name, input });
    return id;
  }

  /** Closes a call. */
  answer(id: string, { content, structured, isError }: ToolAnswer): this {
    const block = {
      tool_use_id: id,
      type: 'tool_result',
      content,
      ...(isError === undefined ? {} : { is_error: isError }),
    };
    this.#message = undefined;
    return this.#push({
      type: 'user',
      message: { role: 'user', content: [block] },
      parent_tool_use_id: this.#parent,
      ...(structured === undefined ? {} : { tool_use_result: structured }),
    });
  }

  /** What a sub-agent does between its call and its answer. */
  subAgent(
    input: { description: string; prompt: string; subagent_type: string },
    work: (lines: this) => unknown,
    report: string,
  ): this {
    const id = this.ask('Task', input);
    const before = this.#count;
    this.#parent = id;
    this.#push({
      type: 'user',
      message: { role: 'user', content: [{ type: 'text', text: input.prompt }] },
      parent_tool_use_id: id,
    });
    work(this);
    this.#parent = null;
    const structured = {
      status: 'completed',
      agentId: digest(id).slice(0, 7),
      content: [{ type: 'text', text: report }],
      totalDurationMs: 18_400,
      totalTokens: 21_730,
      totalToolUseCount: Math.floor((this.#count - before) / 2),
    };
    return this.answer(id, { content: [{ type: 'text', text: report }], structured });
  }

  result(text: string, { durationMs, isError = false }: { durationMs: number; isError?: boolean }): this {
    const { input_tokens, output_tokens, cache_creation_input_tokens, cache_read_input_tokens } = this.#total;
    const price = this.#options.model.includes('haiku') ? MODELS.haiku : MODELS.sonnet;
    const inputs = input_tokens + cache_creation_input_tokens * 1.25 + cache_read_input_tokens * 0.1;
    const costUSD = Number(((inputs * price.input + output_tokens * price.output) / 1_000_000).toFixed(6));
    return this.#push({
      type: 'result',
      subtype: 'success',
      is_error: isError,
      duration_ms: durationMs,
      duration_api_ms: Math.round(durationMs * 0.62),
      num_turns: this.#turns,
      result: text,
      total_cost_usd: costUSD,
      usage: { ...this.#total, server_tool_use: { web_search_requests: 0 }, service_tier: 'standard' },
      modelUsage: {
        [this.#options.model]: {
          inputTokens: input_tokens,
          outputTokens: output_tokens,
          cacheReadInputTokens: cache_read_input_tokens,
          cacheCreationInputTokens: cache_creation_input_tokens,
          webSearchRequests: 0,
          costUSD,
          contextWindow: 200_000,
        },
      },
      permission_denials: [],
    });
  }

  #block(block: Json): this {
    const parent = this.#parent;
    this.#message ??= this.#newMessage();
    const { id, usage } = this.#message;
    const message = {
      model: this.#options.model,
      id,
      type: 'message',
      role: 'assistant',
      content: [block],
      stop_reason: null,
      usage,
    };
    return this.#push({ type: 'assistant', message, parent_tool_use_id: parent });
  }

  /** Reading the cache grows with the conversation; the rest varies a little. */
  #newMessage(): { id: string; usage: Json } {
    const seed = Number.parseInt(digest(`${this.#options.role} message ${this.#count}`).slice(0, 6), 16);
    const usage = {
      input_tokens: 3 + (seed % 7),
      cache_creation_input_tokens: 400 + (seed % 2_100),
      cache_read_input_tokens: 14_000 + this.#turns * 1_350,
      output_tokens: 60 + (seed % 540),
      service_tier: 'standard',
    };
    for (const key of Object.keys(this.#total) as (keyof typeof NOTHING)[]) this.#total[key] += usage[key];
    this.#turns += 1;
    return { id: `msg_01${digest(`${this.#options.role} message ${this.#turns}`).slice(0, 22)}`, usage };
  }

  #push(line: Json): this {
    this.#count += 1;
    this.lines.push({ ...line, session_id: this.sessionId, uuid: uuid(`${this.#options.role} line ${this.#count}`) });
    return this;
  }
}

function digest(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function uuid(key: string): string {
  const hex = digest(key);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
