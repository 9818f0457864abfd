import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { AdwStreamError, messageOf, systemCode } from '../base/errors.ts';
import type { Context } from './context.ts';
import type { Io } from './io.ts';
import { environmentNames, SECRET_OPTIONS } from './options.ts';

/**
 * Runs the command after `--` with our streams as its own and waits for it. SIGTERM is handed on; SIGINT and
 * SIGHUP only where there is no terminal, because a terminal gives Ctrl-C and its own end to the child itself.
 * @returns its exit code, or 128 + the number of the signal that ended it
 * @throws AdwStreamError command_not_found, command_not_runnable
 */
export async function runWrapped({ io, stop, wrapped }: Context): Promise<number> {
  const [command = '', ...args] = wrapped;
  const child = begin(command, args, io);
  const unhook = stop.onSignal(name => {
    if (name === 'SIGTERM' || io.stdin.isTTY !== true) child.kill(name);
  });
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', error => reject(cannotRun(command, error)));
      child.once('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  } finally {
    unhook();
  }
}

/** Node tells of some failures by throwing, of others by an event. */
function begin(command: string, args: readonly string[], { cwd, env }: Io): ChildProcess {
  try {
    return spawn(command, args, { cwd, env: withoutSecrets(env), stdio: 'inherit' });
  } catch (error) {
    throw cannotRun(command, error);
  }
}

/** An environment for other programs. Our tokens are for servers, not for a workflow whose agents print their environment. */
export function withoutSecrets(env: Io['env']): Record<string, string | undefined> {
  const secrets = new Set([...SECRET_OPTIONS].flatMap(key => environmentNames(key)));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secrets.has(name)));
}

/** What shells, `env` and `nice` tell apart too. */
function cannotRun(command: string, error: unknown): AdwStreamError {
  const isMissing = systemCode(error) === 'ENOENT' || command === '';
  const why = isMissing ? 'there is no such command' : messageOf(error);
  const code = isMissing ? 'command_not_found' : 'command_not_runnable';
  return new AdwStreamError(code, `Cannot run ${JSON.stringify(command)}: ${why}.`, { cause: error });
}
