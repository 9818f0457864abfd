import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import type { AdwSummary } from '../../src/adw/summary-shape.ts';
import { until } from '../support/until.ts';
import { runHere, start, temporaryDirectory } from './processes.ts';

const execute = promisify(execFile);
const TSC = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));

/** A line as it lies there, without a type. */
export type Raw = ReturnType<typeof JSON.parse>;

/** Fails with what the compiler says of a folder whose types hold the makers' typings against our tables. */
export async function compileTypings(folder: string): Promise<void> {
  await execute(process.execPath, [TSC, '-p', folder, '--checkers', '1']).catch(({ stdout }: { stdout: string }) => {
    expect.fail(stdout);
  });
}

/** How {@link runProgram} runs one. */
export interface ProgramRun {
  /** The role's file that its output is appended to. */
  readonly file: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whether what it writes to stderr is appended as well, as `2>&1` does. */
  readonly withErrors?: boolean;
}

/** One run of an agent's program, as a workflow has it. @returns its exit code */
export async function runProgram(
  [program, ...args]: readonly [string, ...string[]],
  { file, cwd, env, withErrors = false }: ProgramRun,
): Promise<number | null> {
  const output = await open(file, 'a');
  const child = spawn(program, args, {
    cwd,
    stdio: ['ignore', output.fd, withErrors ? output.fd : 'ignore'],
    env: { PATH: process.env.PATH, ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [code] = await once(child, 'exit');
  await output.close();
  return code;
}

/** A tree that `up` watches. */
export interface WatchedTree {
  readonly root: string;
  readonly fileOf: (role: string) => string;
  /** Once the log holds every line: what is said of the run live, of a copy that no watch saw, and the copy's events. */
  told(): Promise<{ readonly live: AdwSummary; readonly cold: AdwSummary; readonly events: readonly Raw[] }>;
}

/** Starts `up` on an ADW whose roles have written nothing yet. */
export async function watchTree(adwId: string, roles: readonly string[]): Promise<WatchedTree> {
  const root = await temporaryDirectory();
  const directoryOf = (role: string) => join(root, 'agents', adwId, role);
  await Promise.all(roles.map(role => mkdir(directoryOf(role), { recursive: true })));
  const up = start(['up', '--port', '0', '--data-dir', join(root, 'data'), '--state-dir', join(root, 'state')], {
    cwd: root,
  });
  const [url = ''] = await up.says(/https?:\/\/\S+/);
  return {
    root,
    fileOf: role => join(directoryOf(role), 'raw_output.jsonl'),
    async told() {
      const verified = () => runHere(['verify', adwId, '--server', url], { cwd: root }).then(({ code }) => code === 0);
      await until('the log holds every line', verified, { withinMs: 60_000, everyMs: 500 });
      const copy = join(root, 'copy');
      await cp(join(root, 'agents'), join(copy, 'agents'), { recursive: true });
      const status = async (...args: readonly string[]) => {
        const { stdout } = await runHere(['status', adwId, '--json', ...args], { cwd: copy });
        return JSON.parse(stdout) as AdwSummary;
      };
      const tail = await runHere(['tail', adwId, '--no-follow', '--output', 'ndjson'], { cwd: copy });
      const lines = tail.stdout.split('\n').filter(Boolean);
      return {
        live: await status('--server', url),
        cold: await status(),
        events: lines.map(line => JSON.parse(line)),
      };
    },
  };
}

/** The sum of what each of `lines` has. */
export const total = (lines: readonly Raw[], of: (line: Raw) => number): number =>
  lines.reduce((sum, line) => sum + of(line), 0);
