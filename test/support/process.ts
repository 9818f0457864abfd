import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The command as it is installed; runs what was built into dist/. */
export const BIN = fileURLToPath(new URL('../../bin/adw-stream.js', import.meta.url));

/** A running adw-stream command. */
export interface Command {
  readonly child: ChildProcess;
  /** Everything printed so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves with the first match of `pattern` in either output; rejects when the command ends before. */
  matched(pattern: RegExp): Promise<RegExpMatchArray>;
  /** Resolves with the exit code, or with the signal's name. */
  readonly ended: Promise<number | string>;
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

/** Where and how a command runs. */
export interface CommandSurroundings {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Another Node to run it on than the test's own. */
  readonly node?: string;
  /** A shell command that the same process runs before, such as `ulimit -n 400`. */
  readonly under?: string;
  /** The beginning of a shell command that becomes the process it is given, such as `unshare --mount`. */
  readonly wrap?: string;
}

/** Runs `adw-stream` with `args`, as a user would. */
export function runCommand(args: readonly string[], options: CommandSurroundings = {}): Command {
  const { under = ':', wrap = '', node = process.execPath } = options;
  const command = [node, BIN, ...args];
  const child = spawn('sh', ['-c', `${under}; exec ${wrap} "$@"`, 'sh', ...command], {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code, signal]: (number | string)[]) => code ?? signal ?? 'unknown');
  const find = (pattern: RegExp) => stdout.match(pattern) ?? stderr.match(pattern);
  const matched = (pattern: RegExp) =>
    new Promise<RegExpMatchArray>((resolve, reject) => {
      const check = () => {
        const match = find(pattern);
        if (match) resolve(match);
        return match;
      };
      if (check()) return;
      child.stdout.on('data', check);
      child.stderr.on('data', check);
      void ended.then(code => {
        if (!check()) reject(new Error(`ended with ${code} before ${pattern}:\n${stdout}\n${stderr}`));
      });
    });
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return ended;
  };
  return { child, stdout: () => stdout, stderr: () => stderr, matched, ended, stop };
}

/** A running `adw-stream serve`. */
export interface ServeCommand extends Command {
  readonly url: string;
}

/** Starts `adw-stream serve` on a free port (or the given one) and waits until it listens. */
export async function runServe(
  dataDir: string,
  { port = 0, args = [], ...surroundings }: CommandSurroundings & { port?: number; args?: readonly string[] } = {},
): Promise<ServeCommand> {
  const command = runCommand(['serve', '--port', String(port), '--data-dir', dataDir, ...args], surroundings);
  const [url] = await command.matched(/https?:\/\/127\.0\.0\.1:\d+/);
  return { ...command, url };
}
