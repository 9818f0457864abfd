import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/**
 * Ends what a test has started and left running, because it failed or forgot. Every process inherits the environment of
 * its starter, also the children of children, and those that became daemons or lead a process group of their own: a mark in
 * there finds them all, as far as the system tells (`/proc`, so on Linux).
 */

const VARIABLE = 'TEST_PROCESS_MARKS';
/** The marks that this process was given itself. */
const inherited = process.env[VARIABLE] ?? '';

/** The environment of a process that is to outlive the test file which starts it: only the end of all tests ends it. */
export function environmentForAllFiles(): NodeJS.ProcessEnv {
  return { ...process.env, [VARIABLE]: inherited };
}

/** Marks all processes that this one starts from now on. @returns the mark, for {@link killMarked} */
export function markProcesses(): string {
  const mark = randomUUID();
  process.env[VARIABLE] = `${process.env[VARIABLE] ?? ''} ${mark}`;
  return mark;
}

/** Ends all processes with that mark except this one and those in `spared`; resolves when they are gone. */
export async function killMarked(mark: string, spared: (pid: number) => boolean = () => false): Promise<void> {
  for (;;) {
    const left = markedProcesses(mark).filter(pid => !spared(pid));
    if (left.length === 0) return;
    for (const pid of left) kill(pid);
    await setTimeout(10);
  }
}

/** The ids of the processes, other than this one, whose environment has that mark. */
export function markedProcesses(mark: string): number[] {
  const ids = readable(() => readdirSync('/proc'), [])
    .map(Number)
    .filter(pid => pid > 0 && pid !== process.pid);
  return ids.filter(pid => readable(() => readFileSync(`/proc/${pid}/environ`, 'latin1'), '').includes(mark));
}

/** Whether that process was started by this one. */
export function isOwnChild(pid: number): boolean {
  // The name, in parentheses, may hold anything; the state and the parent's id follow.
  const status = readable(() => readFileSync(`/proc/${pid}/stat`, 'latin1'), '');
  return Number(status.slice(status.lastIndexOf(')')).split(' ')[2]) === process.pid;
}

function kill(pid: number): void {
  readable(() => process.kill(pid, 'SIGKILL'), false);
}

/** What `read` returns, or `otherwise` for a process that has gone or belongs to another user. */
function readable<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
