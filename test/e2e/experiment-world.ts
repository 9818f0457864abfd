import { appendFileSync, existsSync, mkdirSync, renameSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Fault, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type Command, runCommand, runServe, type ServeCommand } from '../support/process.ts';
import { until } from '../support/until.ts';

/** One thing that a workflow, a machine or a network may do. `file` chooses one of the world's streams. */
export type Action =
  | { readonly do: 'append'; readonly file: number; readonly lines: number; readonly pad: number }
  | { readonly do: 'append-piece'; readonly file: number; readonly cut: number }
  | { readonly do: 'truncate'; readonly file: number }
  | { readonly do: 'rewrite'; readonly file: number; readonly lines: number; readonly sameFirstLine: boolean }
  | { readonly do: 'rename-over'; readonly file: number; readonly lines: number }
  | { readonly do: 'rename-away'; readonly file: number }
  | { readonly do: 'unlink'; readonly file: number }
  | { readonly do: 'kill-sidecar' }
  | { readonly do: 'start-sidecar' }
  | { readonly do: 'kill-server' }
  | { readonly do: 'start-server' }
  | { readonly do: 'fault'; readonly faults: readonly Fault[] }
  | { readonly do: 'pause'; readonly ms: number }
  | { readonly do: 'settle' };

/** What was written to one file between two beginnings of it. */
interface Generation {
  readonly name: string;
  readonly lines: string[];
  /** Bytes after the last newline. */
  partial: Buffer;
  /** The rest of a line whose first piece is `partial`. */
  rest: Buffer;
  /** It was destroyed before everything of it was known to be in the log. */
  mayBeCut: boolean;
  /** Its last piece may count as a line: nobody will ever finish it. */
  isFinal: boolean;
}

/** A generation as the log has it. */
interface Logged {
  readonly path: string;
  readonly attempt: number;
  readonly lines: string[];
  lostBytes: number;
}

interface LogEvent {
  readonly seq: number;
  readonly type: string;
  readonly data: {
    readonly content?: string;
    readonly lines?: number;
    readonly attempt?: number;
    readonly lost_bytes?: number;
    readonly continues?: boolean;
    readonly source?: { readonly path: string; readonly fingerprint?: string };
  };
}

/** A server behind a proxy that many experiments in a row use; each of them may kill it. */
export class Lane {
  readonly proxy: FaultProxy;
  server: ServeCommand | undefined;
  readonly #dataDir: string;

  private constructor(dataDir: string, proxy: FaultProxy) {
    this.#dataDir = dataDir;
    this.proxy = proxy;
  }

  static async open(directory: string): Promise<Lane> {
    const lane = new Lane(join(directory, 'data'), await startFaultProxy('http://127.0.0.1:9'));
    await lane.startServer();
    return lane;
  }

  async startServer(): Promise<void> {
    if (this.server) return;
    this.server = await runServe(this.#dataDir, { args: ['-q', '--rate-limit', '1000000'] });
    this.proxy.target = this.server.url;
  }

  async killServer(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    await server?.stop('SIGKILL');
  }

  async close(): Promise<void> {
    await this.server?.stop();
    await this.proxy.close();
  }
}

/** One ADW on disk, what a model says must be in the log of it, and the processes that are to bring it there. */
export class World {
  readonly #lane: Lane;
  readonly #directory: string;
  readonly #adwId: string;
  readonly #roles: readonly string[];
  readonly #current = new Map<number, Generation>();
  readonly #all: Generation[] = [];
  #sidecar: Command | undefined;
  #names = 0;
  #starts = 0;
  /** Everything written so far is in the log. */
  #isSettled = false;

  constructor(lane: Lane, { directory, adwId, files }: { directory: string; adwId: string; files: number }) {
    this.#lane = lane;
    this.#directory = directory;
    this.#adwId = adwId;
    this.#roles = Array.from({ length: files }, (_, n) => `role_${n}`);
    mkdirSync(join(directory, 'agents'), { recursive: true });
  }

  async #act(action: Action): Promise<void> {
    switch (action.do) {
      case 'append':
        return this.#append(action.file, action);
      case 'append-piece':
        return this.#appendPiece(action.file, action.cut);
      case 'truncate':
      case 'rewrite':
      case 'rename-over':
      case 'unlink':
        return this.#destroy(action);
      case 'rename-away':
        return this.#renameAway(action.file);
      case 'kill-sidecar':
        return this.#killSidecar();
      case 'start-sidecar':
        return this.#startSidecar();
      case 'kill-server':
        return this.#lane.killServer();
      case 'start-server':
        return this.#lane.startServer();
      case 'fault':
        this.#lane.proxy.faults.push(...action.faults);
        return;
      case 'pause':
        await new Promise(resolve => setTimeout(resolve, action.ms));
        return;
      case 'settle':
        return this.#settle();
    }
  }

  /**
   * Acts, brings everything up, waits until the log has all that must be there, and compares.
   * @returns what is wrong
   */
  async run(schedule: readonly Action[]): Promise<string[]> {
    try {
      for (const action of schedule) await this.#act(action);
      await this.#settle();
      return [];
    } catch (error) {
      return [`${error instanceof Error ? error.message : error}`, ...this.#compare(await this.#readLog())];
    } finally {
      await this.#killSidecar();
    }
  }

  #path(file: number): string {
    return join(this.#directory, 'agents', this.#adwId, this.#roles[file] ?? '', 'raw_output.jsonl');
  }

  /** The generation that lies at a path; about to be written to. */
  #generation(file: number): Generation {
    const known = this.#current.get(file);
    if (known) return known;
    const generation: Generation = {
      name: `${file}.${this.#names++}`,
      lines: [],
      partial: Buffer.alloc(0),
      rest: Buffer.alloc(0),
      mayBeCut: false,
      isFinal: false,
    };
    this.#current.set(file, generation);
    this.#all.push(generation);
    return generation;
  }

  #line(generation: Generation, pad: number): string {
    return JSON.stringify({ type: 'note', g: generation.name, n: generation.lines.length, pad: 'é✓'.repeat(pad) });
  }

  #append(file: number, { lines, pad }: { lines: number; pad: number }): void {
    const generation = this.#generation(file);
    this.#isSettled = false;
    const path = this.#path(file);
    mkdirSync(dirname(path), { recursive: true });
    this.#finishPiece(file, generation);
    for (let n = 0; n < lines; n++) {
      const line = this.#line(generation, pad);
      appendFileSync(path, `${line}\n`);
      generation.lines.push(line);
    }
  }

  #appendPiece(file: number, cut: number): void {
    const generation = this.#generation(file);
    this.#isSettled = false;
    mkdirSync(dirname(this.#path(file)), { recursive: true });
    this.#finishPiece(file, generation);
    const line = this.#line(generation, 7);
    const bytes = Buffer.from(`${line}\n`);
    // Short of the closing brace, so that no piece is a whole value.
    const at = 1 + (cut % (bytes.length - 3));
    generation.partial = bytes.subarray(0, at);
    generation.rest = bytes.subarray(at);
    appendFileSync(this.#path(file), generation.partial);
  }

  #finishPiece(file: number, generation: Generation): void {
    if (generation.rest.length === 0) return;
    appendFileSync(this.#path(file), generation.rest);
    generation.lines.push(Buffer.concat([generation.partial, generation.rest]).toString('utf8').trimEnd());
    generation.partial = Buffer.alloc(0);
    generation.rest = Buffer.alloc(0);
  }

  #destroy(action: Extract<Action, { do: 'truncate' | 'rewrite' | 'rename-over' | 'unlink' }>): void {
    const { file } = action;
    const path = this.#path(file);
    if (!existsSync(path)) return;
    const old = this.#generation(file);
    old.mayBeCut ||= !this.#isSettled;
    this.#isSettled = false;
    old.isFinal = action.do === 'rename-over' || action.do === 'unlink';
    this.#current.delete(file);
    if (action.do === 'truncate') truncateSync(path);
    if (action.do === 'unlink') unlinkSync(path);
    if (action.do === 'truncate' || action.do === 'unlink') return;
    const fresh = this.#generation(file);
    const [first] = old.lines;
    if (action.do === 'rewrite' && action.sameFirstLine && first) {
      fresh.lines.push(first);
      // Nothing on disk tells a rewrite that begins with all that was there from growth.
      old.mayBeCut ||= old.lines.length === 1;
    }
    for (let n = 0; n < action.lines; n++) fresh.lines.push(this.#line(fresh, 3));
    const content = fresh.lines.map(line => `${line}\n`).join('');
    if (action.do === 'rewrite') {
      writeFileSync(path, content);
    } else {
      writeFileSync(`${path}.tmp`, content);
      renameSync(`${path}.tmp`, path);
    }
  }

  #renameAway(file: number): void {
    const path = this.#path(file);
    if (!existsSync(path)) return;
    const old = this.#generation(file);
    old.isFinal = true;
    this.#current.delete(file);
    renameSync(path, `${path}.${this.#names++}`);
  }

  async #startSidecar(): Promise<void> {
    if (this.#sidecar) return;
    const agentsDir = join(this.#directory, 'agents');
    const args = ['watch', this.#adwId, '--agents-dir', agentsDir, '--server', this.#lane.proxy.url];
    // A silent one does not read again what the log has; one that shows what it does, reads it for its picture.
    const isSilent = this.#starts++ % 2 === 0;
    this.#sidecar = runCommand(isSilent ? [...args, '-q'] : args, { cwd: this.#directory });
  }

  async #killSidecar(): Promise<void> {
    const sidecar = this.#sidecar;
    this.#sidecar = undefined;
    await sidecar?.stop('SIGKILL');
  }

  async #settle(): Promise<void> {
    await this.#lane.startServer();
    await this.#startSidecar();
    await until(
      `the log has everything (${this.#sidecar?.stderr().slice(-500)})`,
      async () => this.#compare(await this.#readLog()).length === 0,
      { withinMs: 30_000, everyMs: 50 },
    );
  }

  async #readLog(): Promise<LogEvent[]> {
    const events: LogEvent[] = [];
    const types = 'agent_output_chunk,attempt_started';
    for (let after = 0; ; ) {
      const path = `/api/v1/adws/${this.#adwId}/events?limit=1000&type=${types}&after=${after}`;
      const answer = await fetch(`${this.#lane.server?.url}${path}`);
      if (answer.status === 404) return events;
      const page = ((await answer.json()) as { events: LogEvent[] }).events;
      if (page.length === 0) return events;
      events.push(...page);
      after = page.at(-1)?.seq ?? after;
    }
  }

  /** Every generation that must be whole is, none is there twice, none out of order, no loss is declared that was none. */
  #compare(events: readonly LogEvent[]): string[] {
    const logged = groupByGeneration(events);
    const wrong: string[] = [];
    const seen = new Map<Generation, Logged>();
    for (const group of logged) {
      const generation =
        this.#all.find(
          candidate =>
            isPrefix(group.lines, candidate) && !seen.has(candidate) && nameOf(group.lines) === candidate.name,
        ) ?? this.#all.find(candidate => isPrefix(group.lines, candidate) && !seen.has(candidate));
      if (generation) seen.set(generation, group);
      else if (group.lines.length > 0)
        wrong.push(
          `in the log but not on disk: ${group.path} #${group.attempt} ${JSON.stringify(group.lines.map(shortened))}`,
        );
    }
    let lost = 0;
    for (const generation of this.#all) {
      const have = seen.get(generation)?.lines.length ?? 0;
      if (have < generation.lines.length) {
        lost += bytesOf(generation.lines.slice(have));
        if (!generation.mayBeCut)
          wrong.push(`generation ${generation.name}: ${have} of ${generation.lines.length} lines`);
      }
      lost += generation.partial.length;
    }
    const declared = logged.reduce((sum, { lostBytes }) => sum + lostBytes, 0);
    if (declared > lost) wrong.push(`${declared} bytes declared lost, but ${lost} are`);
    this.#isSettled = wrong.length === 0;
    return wrong;
  }
}

function groupByGeneration(events: readonly LogEvent[]): Logged[] {
  const groups = new Map<string, Logged>();
  for (const { type, data } of events) {
    const key = `${data.source?.path}\0${data.source?.fingerprint}`;
    const group = groups.get(key) ?? {
      path: data.source?.path ?? '',
      attempt: data.attempt ?? 0,
      lines: [],
      lostBytes: 0,
    };
    groups.set(key, group);
    if (type === 'attempt_started') group.lostBytes += data.lost_bytes ?? 0;
    else if ((data.lines ?? 0) > 0) group.lines.push(...(data.content ?? '').split('\n'));
  }
  return [...groups.values()];
}

function isPrefix(lines: readonly string[], generation: Generation): boolean {
  const whole =
    generation.isFinal && generation.partial.length > 0
      ? [...generation.lines, generation.partial.toString('utf8')]
      : generation.lines;
  return lines.length <= whole.length && lines.every((line, n) => line === whole[n]);
}

function nameOf(lines: readonly string[]): string | undefined {
  return lines.at(-1)?.match(/"g":"([^"]+)"/)?.[1];
}

function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
}

function shortened(line: string): string {
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}
