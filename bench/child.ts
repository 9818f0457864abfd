import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Cores of this machine. Asked before this process is put on one of them: afterwards the answer is one. */
const CORES = availableParallelism();

/** The core of the program under test, and that of the load; on one core they share it. */
export const CORE = { subject: 0, load: Math.min(1, CORES - 1) };

/** Ticks a second in which Linux accounts CPU time to user space. */
const TICKS = 100;

/** ms between two readings of what a program has used. */
const ACCOUNT_MS = 50;

/** A program that a benchmark started. It does not outlive the benchmark. */
export interface Child {
  readonly process: ChildProcess;
  /** CPU seconds so far, by the operating system's accounting, with its own children. */
  cpuSeconds(): number;
  /** MB of resident memory, with its children: now, and at the most so far. */
  memoryMB(): { readonly now: number; readonly peak: number };
  /** Resolves with the first match of `pattern` in what it prints. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with all that it printed when it has ended by itself. @throws unless its exit code was 0 */
  finished(): Promise<string>;
  stop(): Promise<void>;
}

const running = new Set<Child>();

/** Starts a program on one core. */
export function startChild(
  command: readonly [string, ...string[]],
  { core = CORE.load, env = {} }: { core?: number; env?: NodeJS.ProcessEnv } = {},
): Child {
  const child = spawn('taskset', ['-c', String(core), ...command], {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const closed = once(child, 'close');
  const account = accountOf(child.pid as number);
  // What ended can no longer be asked: its last account is at most this old.
  const accounting = setInterval(account, ACCOUNT_MS).unref();
  void closed.finally(() => clearInterval(accounting));
  const self: Child = {
    process: child,
    cpuSeconds: () => account().cpuSeconds,
    memoryMB: () => account().memoryMB,
    says: pattern =>
      new Promise((resolve, reject) => {
        const check = () => {
          const match = pattern.exec(output);
          if (match) resolve(match);
        };
        child.stdout?.on('data', check);
        child.stderr?.on('data', check);
        closed.then(() => reject(new Error(`${command[0]} ended before it said ${pattern}:\n${output}`)), reject);
        check();
      }),
    async finished() {
      const [code, signal] = (await closed) as [number | null, string | null];
      running.delete(self);
      if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code ?? signal}:\n${output}`);
      return output;
    },
    async stop() {
      running.delete(self);
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await closed;
      clearTimeout(force);
    },
  };
  running.add(self);
  return self;
}

/** Stops whatever still runs, after a benchmark that failed. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map(child => child.stop()));
}

/** Puts this process, with its threads, on one core. */
export function pinSelf(core: number): Promise<unknown> {
  return runOn(String(core));
}

/** Lets this process, and what it starts, run on every core: a browser is many processes, and one core is not its user's. */
export function unpinSelf(): Promise<unknown> {
  return runOn(`0-${CORES - 1}`);
}

function runOn(cores: string): Promise<unknown> {
  return once(spawn('taskset', ['-a', '-cp', cores, String(process.pid)], { stdio: 'ignore' }), 'close');
}

interface Account {
  readonly cpuSeconds: number;
  readonly memoryMB: { readonly now: number; readonly peak: number };
}

/** Reads what a process and its children have used; the last that was known once they have ended. */
function accountOf(root: number): () => Account {
  let last: Account = { cpuSeconds: 0, memoryMB: { now: 0, peak: 0 } };
  return () => {
    try {
      const pids = family(root);
      const sum = (of: (pid: number) => number) => pids.reduce((total, pid) => total + of(pid), 0);
      const cpuSeconds = sum(cpuSecondsOf);
      // A process that has ended and was not waited for yet has no memory any more.
      const memoryMB = { now: sum(pid => memoryOf(pid, 'VmRSS')), peak: sum(pid => memoryOf(pid, 'VmHWM')) };
      if (cpuSeconds >= last.cpuSeconds && memoryMB.peak > 0) last = { cpuSeconds, memoryMB };
    } catch {
      // ended between the two reads
    }
    return last;
  };
}

function family(pid: number): number[] {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    const children = tasks.flatMap(task =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
    return [pid, ...children.flatMap(family)];
  } catch {
    return [];
  }
}

function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the command in brackets, which may hold anything; user and system time are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

function memoryOf(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024;
}
