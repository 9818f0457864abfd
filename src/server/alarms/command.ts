import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { systemCode } from '../../base/errors.ts';
import { ALARM_FIELDS, type Alarm, fieldText } from './alarm.ts';
import type { Command } from './config.ts';
import type { Outcome, Send } from './sender.ts';

/** ms that a command may run. */
const RUN_MS = 30_000;

/** How commands are run. */
export interface CommandOptions {
  /** The environment that the fields are added to: without our own tokens. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether what it writes to stderr is shown. */
  readonly isShown?: boolean;
  readonly runMs?: number;
}

/**
 * Runs `command` for each alarm, its fields in the environment (`ADW_ALARM_MESSAGE`, …) and as JSON on stdin. No shell reads
 * them, and none of them is an argument: what agents write can neither be run nor taken for an option.
 */
export function createCommand({ command }: Command, { env, isShown = false, runMs = RUN_MS }: CommandOptions): Send {
  return (alarm, signal) =>
    new Promise<Outcome>(resolve => {
      const child = begin(command, { ...env, ...fieldsInEnvironment(alarm) }, isShown);
      if ('how' in child) return resolve(child);
      const stop = () => killGroup(child);
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        stop();
      }, runMs);
      const end = (outcome: Outcome) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        resolve(outcome);
      };
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop, { once: true });
      child.once('error', error => end(notRun(error)));
      child.once('exit', (code, by) => {
        if (code === 0) return end({ how: 'taken', said: 'exit code 0' });
        const said = isLate
          ? `still running after ${runMs / 1_000} s`
          : code === null
            ? `ended by ${by}`
            : `exit code ${code}`;
        end({ how: 'later', said });
      });
      // A command that reads nothing closes its stdin early.
      child.stdin.on('error', () => {});
      child.stdin.end(`${JSON.stringify({ type: 'alarm', data: alarm })}\n`);
    });
}

type ChildProcess = ChildProcessByStdio<Writable, null, null>;

/** Node tells of some failures by throwing, of others by an event. */
function begin(
  [program = '', ...args]: readonly string[],
  env: Record<string, string | undefined>,
  isShown: boolean,
): ChildProcess | Outcome {
  try {
    // A group of its own, so that what it has begun ends with it.
    return spawn(program, args, { env, detached: true, stdio: ['pipe', 'ignore', isShown ? 'inherit' : 'ignore'] });
  } catch (error) {
    return notRun(error);
  }
}

function notRun(error: unknown): Outcome {
  const code = systemCode(error);
  const said = code === 'ENOENT' ? 'there is no such command' : `it cannot be run (${code ?? 'unknown'})`;
  return { how: code === 'EAGAIN' || code === 'EMFILE' || code === 'ENOMEM' ? 'later' : 'refused', said };
}

function killGroup({ pid }: Pick<ChildProcess, 'pid'>): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** `ADW_ALARM_ADW_ID`, `ADW_ALARM_MESSAGE`, …: every field, empty where it is not known. */
export function fieldsInEnvironment(alarm: Alarm): Record<string, string> {
  return Object.fromEntries(
    ALARM_FIELDS.map(field => [`ADW_ALARM_${field.toUpperCase()}`, fieldText(alarm, field).replaceAll('\0', '')]),
  );
}
