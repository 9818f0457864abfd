import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { program } from '../../support/program.ts';

const PROGRAM = join(import.meta.dirname, '../../programs/serve-log.ts');

/** The log of `serve-log.ts` in a process, which outlives the process. */
export class LogProcess {
  readonly #dataDir: string;
  #child: ChildProcess | undefined;
  port = 0;

  private constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  static async start(): Promise<LogProcess> {
    const log = new LogProcess(await mkdtemp(join(tmpdir(), 'adw-client-')));
    onTestFinished(async () => {
      await log.end('SIGKILL');
      await rm(log.#dataDir, { recursive: true, force: true });
    });
    await log.begin();
    return log;
  }

  /** Starts the process on what the log holds. */
  async begin(): Promise<void> {
    const args = [await program(PROGRAM), this.#dataDir];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child = child;
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    this.port = Number(String(line).trim());
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Ends the process and waits until it is gone. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  /** Stops filling the log. @returns the seqs of each ADW, as the log has them */
  async settle(): Promise<Record<string, number[]>> {
    await fetch(`http://127.0.0.1:${this.port}/quiet`, { method: 'POST' });
    return (await (await fetch(`http://127.0.0.1:${this.port}/seqs`)).json()) as Record<string, number[]>;
  }
}
