type Json = Record<string, unknown>;

/** A call of a tool, and its answer. */
export interface PiCall {
  readonly name: string;
  readonly args: Json;
  readonly output: string;
  readonly details?: Json;
  readonly isError?: boolean;
}

/** What begins a session. */
export interface PiOptions {
  readonly sessionId: string;
  readonly model: string;
  /** When it begins, ms since the Unix epoch. */
  readonly startMs: number;
}

/** US dollars for a million tokens. */
const PRICE = { input: 0.3, output: 2.5, cacheRead: 0.03 };

/**
 * Writes what `pi -p --mode json` writes, without the frames of messages that are still being written. Everything is derived
 * from the order of calls, so that the same script gives the same bytes. Sends of one session follow each other in one file.
 */
export class PiTranscript {
  readonly lines: Json[] = [];
  readonly #options: PiOptions;
  #now: number;
  #count = 0;
  #messages: Json[] = [];

  constructor(options: PiOptions) {
    this.#options = options;
    this.#now = options.startMs;
  }

  /** When the last line was written, ms since the Unix epoch. */
  get endMs(): number {
    return this.#now;
  }

  /** A prompt: the program is started for it, and goes on with the session. */
  prompt(text: string, atMs?: number): this {
    this.#now = atMs ?? this.#now;
    const { sessionId } = this.#options;
    this.#push({ type: 'session', version: 3, id: sessionId, timestamp: iso(this.#now), cwd: '/home/dev/notes' });
    this.#push({ type: 'agent_start' });
    this.#messages = [];
    this.#message({ role: 'user', content: [{ type: 'text', text }], timestamp: this.#tick(200) });
    return this;
  }

  /** One answer of the model, and the calls that it makes. */
  turn(text: string, ...calls: readonly PiCall[]): this {
    this.#push({ type: 'turn_start' });
    const made = calls.map(call => ({ ...call, id: `call_${++this.#count}` }));
    const answer = this.#answer(text, made);
    const results = made.map(call => this.#run(call));
    for (const result of results) this.#message(result);
    this.#push({ type: 'turn_end', message: answer, toolResults: results });
    return this;
  }

  /** The prompt is answered. */
  end(): this {
    this.#push({ type: 'agent_end', messages: this.#messages, willRetry: false });
    return this;
  }

  /** The lines, as the file has them. */
  toString(): string {
    return this.lines.map(line => `${JSON.stringify(line)}\n`).join('');
  }

  #answer(text: string, calls: readonly (PiCall & { readonly id: string })[]): Json {
    const input = 900 + 350 * this.#count;
    const output = 60 + text.length;
    const cacheRead = 4_000 + 800 * this.lines.length;
    const cost = {
      input: dollars(input * PRICE.input),
      output: dollars(output * PRICE.output),
      cacheRead: dollars(cacheRead * PRICE.cacheRead),
      cacheWrite: 0,
    };
    const total = dollars((cost.input + cost.output + cost.cacheRead) * 1e6);
    return this.#message({
      role: 'assistant',
      content: [
        { type: 'text', text },
        ...calls.map(({ id, name, args }) => ({ type: 'toolCall', id, name, arguments: args })),
      ],
      ...{ api: 'google-generative-ai', provider: 'google', model: this.#options.model },
      usage: {
        ...{ input, output, cacheRead, cacheWrite: 0, totalTokens: input + output + cacheRead },
        cost: { ...cost, total },
      },
      stopReason: calls.length > 0 ? 'toolUse' : 'stop',
      timestamp: this.#tick(4_000 + 40 * text.length),
    });
  }

  #run({ id, name, args, output, details = {}, isError = false }: PiCall & { readonly id: string }): Json {
    this.#push({ type: 'tool_execution_start', toolCallId: id, toolName: name, args });
    const durationMs = name === 'bash' ? 2_400 : 35;
    const content = [{ type: 'text', text: output }];
    this.#push({
      type: 'tool_execution_end',
      toolCallId: id,
      toolName: name,
      result: { content, details },
      isError,
      durationMs,
    });
    const said = { role: 'toolResult', toolCallId: id, toolName: name, content, details, isError, durationMs };
    return { ...said, timestamp: this.#tick(durationMs) };
  }

  #message(message: Json): Json {
    this.#push({ type: 'message_start', message });
    this.#push({ type: 'message_end', message });
    this.#messages.push(message);
    return message;
  }

  #push(line: Json): void {
    this.lines.push(line);
  }

  #tick(ms: number): number {
    this.#now += ms;
    return this.#now;
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function dollars(millionths: number): number {
  return Number((millionths / 1e6).toFixed(9));
}
