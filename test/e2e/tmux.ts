import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { BIN } from '../support/process.ts';
import { until } from '../support/until.ts';
import { temporaryDirectory } from './processes.ts';

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
  /** Everything that a program may change about a terminal: modes, title, shape of the cursor, colours, clipboard. */
  settings(): Promise<Readonly<Record<string, string>>>;
  /** Every byte that was written to the terminal until the command had ended. */
  recording(): Promise<string>;
  /** Closes the terminal, as a person does its window. */
  close(): void;
  /** With `held`: lets the command begin. */
  begin(): Promise<void>;
}

const SETTINGS = [
  ...['alternate_on', 'cursor_flag', 'insert_flag', 'keypad_cursor_flag', 'keypad_flag', 'origin_flag', 'wrap_flag'],
  ...[
    'mouse_all_flag',
    'mouse_any_flag',
    'mouse_button_flag',
    'mouse_sgr_flag',
    'mouse_standard_flag',
    'mouse_utf8_flag',
  ],
  ...['scroll_region_upper', 'scroll_region_lower', 'pane_tabs', 'pane_title', 'pane_path', 'pane_fg', 'pane_bg'],
  ...['window_name', 'session_name', 'pane_in_mode', 'window_bell_flag'],
];

/** What {@link openPane} takes. */
export interface PaneOptions {
  readonly columns: number;
  readonly rows: number;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Waits for {@link Pane.begin} before the command is run. */
  readonly held?: true;
  /** The shell command around the command, where it is not run alone. */
  readonly around?: (command: string) => string;
}

/** Runs `adw-stream` in a terminal of its own; afterwards the screen says `exit <code>` and stays. */
export async function openPane(
  args: readonly string[],
  { columns, rows, cwd, env = {}, held, around = command => command }: PaneOptions,
): Promise<Pane> {
  const socket = `adw-stream-${randomUUID()}`;
  const tmux = async (...words: string[]) =>
    (await execute('tmux', ['-L', socket, '-f', '/dev/null', ...words])).stdout;
  const recorded = join(await temporaryDirectory(), 'recording');
  const wait = held === undefined ? ':' : `tmux -L ${socket} wait-for begin`;
  const command = around([process.execPath, BIN, ...args].map(quoted).join(' '));
  const variables = Object.entries({ NO_COLOR: '', ...env }).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const close = () => void spawnSync('tmux', ['-L', socket, 'kill-server']);
  onTestFinished(close);
  // All in one call: a call is a process, forked from one as large as the test's, and what the command writes first is recorded, too.
  await tmux(
    ...['new-session', '-d', '-x', String(columns), '-y', String(rows), '-c', cwd, ...variables],
    // The shell outlives Ctrl-C and Ctrl-\, which are meant for the command alone.
    `trap : INT QUIT; printf 'before\\n'; ${wait}; ${command}; printf 'exit %s\\n' $?; while :; do sleep 100; done`,
    // A name follows the command unless it is told not to; escape sequences may change it, so that it shows when one does.
    ...[';', 'set-option', '-g', 'automatic-rename', 'off'],
    ...[';', 'set-option', '-g', 'allow-rename', 'on'],
    ...[';', 'set-option', '-g', 'set-clipboard', 'on'],
    ...[';', 'pipe-pane', '-o', `cat > ${quoted(recorded)}`],
  );
  const screen = async (colors?: 'colors') => {
    const text = await tmux('capture-pane', '-p', ...(colors === undefined ? [] : ['-e']));
    return text.trimEnd();
  };
  const state = async (...names: string[]) => {
    const text = await tmux('display-message', '-p', names.map(name => `#{${name}}`).join('\n'));
    return text.replace(/\n$/, '').split('\n');
  };
  return {
    screen,
    state,
    settings: async () => {
      const values = await state(...SETTINGS);
      const buffers = await tmux('list-buffers');
      return { ...Object.fromEntries(SETTINGS.map((name, index) => [name, values[index] ?? ''])), buffers };
    },
    async recording() {
      const whole = async () => {
        const text = await readFile(recorded, 'utf8');
        return text.includes('\nexit ') && text;
      };
      return until('the recording has the end', whole);
    },
    close,
    begin: async () => void (await tmux('wait-for', '-S', 'begin')),
    async shows(pattern) {
      let text = '';
      let read: number | undefined;
      const isShown = async () => {
        // The screen changes by what is written to it, and tmux records that after it has drawn it.
        const written = statSync(recorded, { throwIfNoEntry: false })?.size ?? 0;
        if (written === read) return false;
        read = written;
        text = await screen();
        return pattern.test(text);
      };
      await until(`the screen shows ${pattern}`, isShown, { everyMs: 50 }).catch((error: Error) => {
        throw new Error(`${error.message}:\n${text}`);
      });
      return text;
    },
    resize: async (width, height) => {
      await tmux('resize-window', '-x', String(width), '-y', String(height));
    },
    type: async (...keys) => {
      await tmux('send-keys', ...keys);
    },
  };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
