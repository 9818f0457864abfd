import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { AdwStreamError, systemCode } from '../base/errors.ts';
import type { Context } from './context.ts';

/**
 * Runs the command after `--` with our streams as its own and waits for it. SIGTERM is handed on; SIGINT only where
 * there is no terminal, because a terminal gives Ctrl-C to the child itself.
 * @returns its exit code, or 128 + the number of the signal that ended it
 */
export async function runWrapped({ io, stop, wrapped }: Context): Promise<number> {
  const [command = '', ...args] = wrapped;
  const child = spawn(command, args, { cwd: io.cwd, env: { ...io.env }, stdio: 'inherit' });
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

function cannotRun(command: string, error: Error): AdwStreamError {
  const why = systemCode(error) === 'ENOENT' ? 'there is no such command' : error.message;
  return new AdwStreamError('invalid_option', `Cannot run ${JSON.stringify(command)}: ${why}.`, { cause: error });
}
