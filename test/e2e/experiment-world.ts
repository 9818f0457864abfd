import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, renameSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Fault, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type Command, runCommand, runServe, type ServeCommand } from '../support/process.ts';
import { until } from '../support/until.ts';
import { compare, type Generation, type LogEvent, MADE_UP, newestPosition, twinOf } from './experiment-model.ts';

/** Streams of each host. */
export const FILES = 2;
/** Machines that have an ADW of the same id, with streams of the same names. */
export const HOSTS = 2;
/** What a rewrite keeps: nothing, the first line, or, of a twin, the length, the first line and the last 4 KiB as well. */
export type Likeness = 'nothing' | 'first line' | 'twin';

/**
 * One thing that a workflow, a machine, a network or a client that may post may do. `file` chooses a stream: the first ones are
 * the first host's, the others those of the same names on the second.
 */
export type Action =
  | { readonly do: 'append'; readonly file: number; readonly lines: number; readonly pad: number }
  | { readonly do: 'append-piece'; readonly file: number; readonly cut: number }
  | { readonly do: 'truncate'; readonly file: number }
  | { readonly do: 'rewrite'; readonly file: number; readonly lines: number; readonly like: Likeness }
  | { readonly do: 'rename-over'; readonly file: number; readonly lines: number }
  | { readonly do: 'rename-away'; readonly file: number }
  | { readonly do: 'unlink'; readonly file: number }
  | { readonly do: 'move-position'; readonly file: number; readonly bytes: number }
  | { readonly do: 'kill-sidecar' | 'stop-sidecar' | 'start-sidecar'; readonly host: number }
  | { readonly do: 'kill-server' }
  | { readonly do: 'start-server' }
  | { readonly do: 'fault'; readonly faults: readonly Fault[] }
  | { readonly do: 'pause'; readonly ms: number }
  | { readonly do: 'settle' };

/** Where no server is. */
const NOWHERE = 'http://127.0.0.1:9';

/** A server behind a proxy that many experiments in a row use; each of them may kill it. */
export class SharedServer {
  readonly proxy: FaultProxy;
  server: ServeCommand | undefined;
  readonly #dataDir: string;

  private constructor(dataDir: string, proxy: FaultProxy) {
    this.#dataDir = dataDir;
    this.proxy = proxy;
  }

  static async open(directory: string): Promise<SharedServer> {
    const shared = new SharedServer(join(directory, 'data'), await startFaultProxy(NOWHERE));
    await shared.startServer();
    return shared;
  }

  async startServer(): Promise<void> {
    if (this.server) return;
    this.server = await runServe(this.#dataDir, { args: ['-q', '--rate-limit', '1000000'] });
    this.proxy.target = this.server.url;
  }

  async killServer(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    // Another test's server may be given its port.
    this.proxy.target = NOWHERE;
    await server?.stop('SIGKILL');
  }

  async close(): Promise<void> {
    await this.server?.stop();
    await this.proxy.close();
  }
}

/** What a world is made of. */
export interface WorldOptions {
  readonly directory: string;
  readonly adwId: string;
  /** Whether every file of a name begins with the same line. */
  readonly sameFirstLines: boolean;
  /** Called when a fault came to be: a twin lies in a file's place, a position was moved, a second host has files. */
  readonly onFault: (fault: 'twin' | 'position moved' | 'second host') => void;
}

/** One ADW on disk, what a model says must be in the log of it, and the processes that are to bring it there. */
export class World {
  readonly #shared: SharedServer;
  readonly #options: WorldOptions;
  readonly #current = new Map<number, Generation>();
  readonly #all: Generation[] = [];
  readonly #sidecars = new Map<number, Command>();
  #names = 0;
  #starts = 0;
  /** Everything written so far is in the log. */
  #isSettled = false;
  /** Positions were moved, or another host had files of the same names. */
  #isDisturbed = false;

  constructor(shared: SharedServer, options: WorldOptions) {
    this.#shared = shared;
    this.#options = options;
    for (let host = 0; host < HOSTS; host++) mkdirSync(this.#agentsDir(host), { recursive: true });
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
      case 'move-position':
        return this.#movePosition(action);
      case 'kill-sidecar':
        return this.#killSidecar(action.host);
      case 'stop-sidecar':
        return this.#stopSidecar(action.host);
      case 'start-sidecar':
        return this.#startSidecar(action.host);
      case 'kill-server':
        return this.#shared.killServer();
      case 'start-server':
        return this.#shared.startServer();
      case 'fault':
        this.#shared.proxy.faults.push(...action.faults);
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
      await this.#shared.startServer();
      return [`${error instanceof Error ? error.message : error}`, ...this.#compare(await this.#readLog())];
    } finally {
      for (let host = 0; host < HOSTS; host++) await this.#killSidecar(host);
    }
  }

  #agentsDir(host: number): string {
    return join(this.#options.directory, `host-${host}`, 'agents');
  }

  #role(file: number): string {
    return `role_${file % FILES}`;
  }

  #path(file: number): string {
    return join(this.#agentsDir(hostOf(file)), this.#options.adwId, this.#role(file), 'raw_output.jsonl');
  }

  /** The generation that lies at a path; about to be written to. */
  #generation(file: number): Generation {
    const known = this.#current.get(file);
    if (known) return known;
    const generation: Generation = {
      name: `${file}.${this.#names++}`,
      host: hostOf(file),
      lines: [],
      partial: Buffer.alloc(0),
      rest: Buffer.alloc(0),
      mayBeCut: false,
      isFinal: false,
      twin: undefined,
      takenFor: undefined,
    };
    if (hostOf(file) > 0 && !this.#all.some(({ host }) => host > 0)) this.#options.onFault('second host');
    this.#isDisturbed ||= hostOf(file) > 0;
    this.#current.set(file, generation);
    this.#all.push(generation);
    return generation;
  }

  /** The generation at a path that is about to grow. */
  #growing(file: number): Generation {
    const generation = this.#generation(file);
    generation.takenFor ??= generation.twin;
    this.#isSettled = false;
    return generation;
  }

  #line(file: number, generation: Generation, pad: number): string {
    const { lines } = generation;
    if (lines.length === 0 && this.#options.sameFirstLines)
      return JSON.stringify({ type: 'note', of: this.#role(file) });
    return JSON.stringify({ type: 'note', g: generation.name, n: lines.length, pad: 'é✓'.repeat(pad) });
  }

  #append(file: number, { lines, pad }: { lines: number; pad: number }): void {
    const generation = this.#growing(file);
    const path = this.#path(file);
    mkdirSync(dirname(path), { recursive: true });
    this.#finishPiece(file, generation);
    for (let n = 0; n < lines; n++) {
      const line = this.#line(file, generation, pad);
      appendFileSync(path, `${line}\n`);
      generation.lines.push(line);
    }
  }

  #appendPiece(file: number, cut: number): void {
    const generation = this.#growing(file);
    mkdirSync(dirname(this.#path(file)), { recursive: true });
    this.#finishPiece(file, generation);
    const line = this.#line(file, generation, 7);
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
    fresh.lines.push(...this.#rewritten(action, old, fresh));
    const content = fresh.lines.map(line => `${line}\n`).join('');
    if (action.do === 'rewrite') {
      writeFileSync(path, content);
    } else {
      writeFileSync(`${path}.tmp`, content);
      renameSync(`${path}.tmp`, path);
    }
  }

  /** The lines of the file that takes another's place. */
  #rewritten(action: Extract<Action, { do: 'rewrite' | 'rename-over' }>, old: Generation, fresh: Generation): string[] {
    const { file } = action;
    const like = action.do === 'rewrite' ? action.like : 'nothing';
    const [first, second] = old.lines;
    if (like === 'twin' && second !== undefined) {
      this.#options.onFault('twin');
      fresh.twin = old;
      return twinOf(old.lines, fresh.name);
    }
    if (like !== 'nothing' && first !== undefined) {
      // Nothing on disk tells a rewrite that begins with all that was there from growth.
      old.mayBeCut ||= old.lines.length === 1;
    }
    const lines = like !== 'nothing' && first !== undefined ? [first] : [];
    for (let n = 0; n < action.lines; n++) lines.push(this.#line(file, { ...fresh, lines }, 3));
    return lines;
  }

  #renameAway(file: number): void {
    const path = this.#path(file);
    if (!existsSync(path)) return;
    const old = this.#generation(file);
    old.isFinal = true;
    this.#current.delete(file);
    renameSync(path, `${path}.${this.#names++}`);
  }

  /** A client that may post says that the newest file of a name had a line which it never had. */
  async #movePosition({ file, bytes }: Extract<Action, { do: 'move-position' }>): Promise<void> {
    const { adwId } = this.#options;
    const { server } = this.#shared;
    if (server === undefined) return;
    const isComing = this.#sidecars.has(hostOf(file)) && (this.#current.get(file)?.lines.length ?? 0) > 0;
    const path = `${this.#role(file)}/raw_output.jsonl`;
    const position = await newestPosition(`${server.url}/api/v1/adws/${adwId}/positions`, { path, isComing });
    if (position === undefined) return;
    const { fingerprint, attempt, next, lines } = position;
    const name = `made-up-${this.#names++}`;
    const content = `${MADE_UP},"name":"${name}","pad":"${'x'.repeat(Math.min(bytes, 1000))}"}`;
    const sha256 = sha256Of(`${content}\n`);
    const hashes = { sha256, tail_sha256: sha256Of(name), sent_sha256: sha256Of(content) };
    const source = { path, fingerprint, line: lines + 1, offset: next, length: Math.max(bytes, content.length + 1) };
    const data = {
      adw_id: adwId,
      event_id: name,
      agent_role: this.#role(file),
      content,
      lines: 1,
      attempt,
      ...hashes,
      source,
    };
    const { status } = await fetch(`${server.url}/api/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ type: 'agent_output_chunk', data }]),
    });
    this.#isDisturbed = true;
    if (status === 200) this.#options.onFault('position moved');
  }

  async #startSidecar(host: number): Promise<void> {
    if (this.#sidecars.has(host)) return;
    const args = [
      'watch',
      this.#options.adwId,
      '--agents-dir',
      this.#agentsDir(host),
      '--server',
      this.#shared.proxy.url,
    ];
    // A silent one does not read again what the log has; one that shows what it does, reads it for its picture.
    const isSilent = this.#starts++ % 2 === 0;
    this.#sidecars.set(host, runCommand(isSilent ? [...args, '-q'] : args, { cwd: join(this.#agentsDir(host), '..') }));
  }

  async #killSidecar(host: number): Promise<void> {
    const sidecar = this.#sidecars.get(host);
    this.#sidecars.delete(host);
    await sidecar?.stop('SIGKILL');
  }

  /** Asks it to end. When it says that all is in the log, all of its host is. */
  async #stopSidecar(host: number): Promise<void> {
    const sidecar = this.#sidecars.get(host);
    this.#sidecars.delete(host);
    await sidecar?.stop('SIGTERM');
    if (sidecar === undefined || !/(?<!not )all in the log/.test(sidecar.stdout() + sidecar.stderr())) return;
    await this.#shared.startServer();
    const own = this.#all.filter(generation => generation.host === host);
    const missing = this.#compare(await this.#readLog()).filter(what =>
      own.some(({ name }) => what.startsWith(`generation ${name}:`)),
    );
    if (missing.length > 0) throw new Error(`said to be all in the log: ${missing.join('; ')}`);
  }

  async #settle(): Promise<void> {
    await this.#shared.startServer();
    await this.#startSidecar(0);
    if (this.#all.some(({ host }) => host === 1)) await this.#startSidecar(1);
    await until(
      `the log has everything (${[...this.#sidecars.values()].map(({ stderr }) => stderr().slice(-500)).join('\n')})`,
      async () => this.#compare(await this.#readLog()).length === 0,
      { everyMs: 50 },
    );
  }

  async #readLog(): Promise<LogEvent[]> {
    const events: LogEvent[] = [];
    const types = 'agent_output_chunk,attempt_started';
    for (let after = 0; ; ) {
      const path = `/api/v1/adws/${this.#options.adwId}/events?limit=1000&type=${types}&after=${after}`;
      const answer = await fetch(`${this.#shared.server?.url}${path}`);
      if (answer.status === 404) return events;
      const page = ((await answer.json()) as { events: LogEvent[] }).events;
      if (page.length === 0) return events;
      events.push(...page);
      after = page.at(-1)?.seq ?? after;
    }
  }

  #compare(events: readonly LogEvent[]): string[] {
    const wrong = compare(this.#all, events, { isDisturbed: this.#isDisturbed });
    this.#isSettled = wrong.length === 0;
    // What is in the log as what it is, was noticed.
    if (this.#isSettled) for (const generation of this.#all) generation.twin = undefined;
    return wrong;
  }
}

function hostOf(file: number): number {
  return Math.floor(file / FILES);
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
