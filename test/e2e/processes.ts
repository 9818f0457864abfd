import type { ChildProcess } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { main } from '../../src/cli/main.ts';
import { defaultStateDir } from '../../src/sidecar/tail/state-dir.ts';
import { testIo } from '../cli/helpers.ts';
import { runCommand } from '../support/process.ts';
import { until } from '../support/until.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));

/** How a command is run. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another Node to run it on than the test's own. */
  readonly node?: string;
  /** A shell command that the same process runs before. */
  readonly under?: string;
}

/** What a command has left. */
export interface Finished {
  /** Exit code, or the name of the signal that ended it. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly process: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves with the match as soon as stdout or stderr matches. */
  says(pattern: RegExp): Promise<RegExpMatchArray>;
  readonly finished: Promise<Finished>;
}

/** Where the sidecars of these tests keep what they remember of the repository at `root`, unless they are told otherwise. */
export function stateDirOf(root: string): string {
  return defaultStateDir(join(root, 'agents'), process.env);
}

/** Starts `adw-stream` from dist in a process of its own, which does not outlive the test. */
export function start(args: readonly string[], { cwd = tmpdir(), env = {}, ...how }: CommandOptions = {}): Running {
  const nowhere = { ADW_STREAM_SERVER: undefined, WEBSOCKET_URL: undefined, WEBSOCKET_PORT: undefined };
  const command = runCommand(args, { ...how, cwd, env: { ...nowhere, ...env } });
  onTestFinished(() => void command.child.kill('SIGKILL'));
  return {
    process: command.child,
    stdout: command.stdout,
    stderr: command.stderr,
    says: command.matched,
    finished: command.ended.then(code => ({ code, stdout: command.stdout(), stderr: command.stderr() })),
  };
}

/** Runs a command to its end. */
export function run(args: readonly string[], options?: CommandOptions): Promise<Finished> {
  return start(args, options).finished;
}

/**
 * The same of the sources in this process, for a twentieth of the cost: where a test looks at what a command says and does,
 * and not at its process.
 */
export async function runHere(args: readonly string[], options: Partial<Io> = {}): Promise<Finished> {
  const io = await testIo(options);
  const code = await main(args, io);
  return { code, stdout: io.out(), stderr: io.err() };
}

/** A command that runs in this process. */
export interface RunningHere extends Pick<Running, 'stdout' | 'stderr' | 'says' | 'finished'> {
  /** Asks it to stop, as SIGTERM would, and waits for its end. */
  stop(): Promise<Finished>;
}

/** Like {@link runHere} for a command that runs on until it is stopped, at the latest when the test has finished. */
export async function startHere(args: readonly string[], options: Partial<Io> = {}): Promise<RunningHere> {
  const asked = new AbortController();
  const io = await testIo({ ...options, signal: asked.signal });
  const finished = main(args, io).then(code => ({ code, stdout: io.out(), stderr: io.err() }));
  const stop = () => {
    asked.abort();
    return finished;
  };
  onTestFinished(async () => void (await stop()));
  const says = (pattern: RegExp) =>
    until(`it says ${pattern}`, () => (io.out() + io.err()).match(pattern) ?? undefined);
  return { stdout: io.out, stderr: io.err, says, finished, stop };
}

/** A server on a free port with a log of its own. */
export async function startServer(...args: string[]): Promise<Running & { readonly url: string }> {
  const dataDir = await temporaryDirectory();
  const server = start(['serve', '--port', '0', '--data-dir', dataDir, ...args]);
  const [url] = await server.says(/https?:\/\/\S+/);
  return { ...server, url };
}

/** The id of the ADW in examples/agents. */
export const EXAMPLE_ID = '7e4c1a9b';

/** A copy of examples/ in a directory of its own. */
export async function exampleProject(): Promise<{ readonly root: string; readonly agents: string }> {
  const root = await temporaryDirectory();
  for (const part of ['agents', 'specs']) {
    await cp(join(EXAMPLES, part), join(root, part), { recursive: true, preserveTimestamps: true });
  }
  return { root, agents: join(root, 'agents') };
}

/** A directory that is removed when the test has finished. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'adw-stream-e2e-'));
  // A watch whose terminal was closed drains, and saves its checkpoint there.
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  return directory;
}

/** Every file and directory below `root` with its mtime and content: two equal ones were not touched in between. */
export async function snapshotOf(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const found = await Promise.all(
    entries.map(async entry => {
      const path = join(entry.parentPath, entry.name);
      const { mtimeMs } = await stat(path);
      const content = entry.isFile() ? (await readFile(path)).toString('base64') : '';
      return [path, `${mtimeMs} ${content}`] as const;
    }),
  );
  return Object.fromEntries(found.toSorted());
}
