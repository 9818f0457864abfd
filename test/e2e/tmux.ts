import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { BIN } from '../support/process.ts';

const execute = promisify(execFile);

/** A command in a real terminal (tmux), whose screen can be read. */
export interface Pane {
  /** What the screen shows now, without trailing blanks; with colour codes on request. */
  screen(colors?: 'colors'): Promise<string>;
  /** Waits until the screen matches, and answers it. */
  shows(pattern: RegExp): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
  /** Types: a key by its tmux name (`C-c`, `Enter`), or text. */
  type(...keys: string[]): Promise<void>;
  /** What tmux knows of the pane: `cursor_flag`, `alternate_on`, `pane_title` … */
  state(...names: string[]): Promise<string[]>;
}

/** What {@link openPane} takes. */
export interface PaneOptions {
  readonly columns: number;
  readonly rows: number;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `adw-stream` in a terminal of its own; afterwards the screen says `exit <code>` and stays. */
export async function openPane(args: readonly string[], { columns, rows, cwd, env = {} }: PaneOptions): Promise<Pane> {
  const socket = `adw-stream-${randomUUID()}`;
  const tmux = async (...words: string[]) =>
    (await execute('tmux', ['-L', socket, '-f', '/dev/null', ...words])).stdout;
  const command = [process.execPath, BIN, ...args].map(quoted).join(' ');
  const variables = Object.entries({ NO_COLOR: '', ...env }).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  await tmux(
    ...['new-session', '-d', '-x', String(columns), '-y', String(rows), '-c', cwd, ...variables],
    // The shell outlives Ctrl-C, which is meant for the command alone.
    `trap : INT; printf 'before\\n'; ${command}; printf 'exit %s\\n' $?; while :; do sleep 100; done`,
  );
  onTestFinished(() => void execFileSync('tmux', ['-L', socket, 'kill-server']));
  const screen = async (colors?: 'colors') => {
    const text = await tmux('capture-pane', '-p', ...(colors === undefined ? [] : ['-e']));
    return text.trimEnd();
  };
  return {
    screen,
    async shows(pattern) {
      let text = await screen();
      const deadline = Date.now() + 50_000;
      while (!pattern.test(text)) {
        if (Date.now() > deadline) throw new Error(`The screen never showed ${pattern}:\n${text}`);
        text = await screen();
      }
      return text;
    },
    resize: async (width, height) => {
      await tmux('resize-window', '-x', String(width), '-y', String(height));
    },
    type: async (...keys) => {
      await tmux('send-keys', ...keys);
    },
    state: async (...names) => {
      const text = await tmux('display-message', '-p', names.map(name => `#{${name}}`).join('\n'));
      return text.trimEnd().split('\n');
    },
  };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
