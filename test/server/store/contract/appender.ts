import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { program } from '../../../support/program.ts';

const PROGRAM = fileURLToPath(new URL('./appender-program.ts', import.meta.url));

/**
 * Starts a process that appends units one after the other and prints the ids of each once it is acknowledged; kills it
 * with SIGKILL after `acknowledged` units. Answers all ids that it printed.
 */
export async function appendUntilKilled(options: {
  readonly module: URL;
  readonly place: string;
  readonly acknowledged: number;
}): Promise<string[]> {
  const args = [await program(PROGRAM), await program(fileURLToPath(options.module)), options.place];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<NodeJS.Signals | null>(resolve => child.once('exit', (_, signal) => resolve(signal)));
  const ids: string[] = [];
  let units = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    ids.push(...(JSON.parse(line) as string[]));
    units += 1;
    if (units === options.acknowledged) child.kill('SIGKILL');
  }
  if ((await exited) !== 'SIGKILL') throw new Error('the appender ended by itself');
  return ids;
}
