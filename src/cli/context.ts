import type { Io } from './io.ts';
import type { Settings } from './options.ts';
import type { Terminal } from './output/terminal.ts';
import type { Origins, Resolved } from './settings.ts';
import type { Stop } from './stop.ts';

/** What a command gets. */
export interface Context {
  readonly io: Io;
  readonly settings: Settings;
  /** Where each setting came from. */
  readonly origins: Origins;
  /** Where a value stands in the config file, as `<path>:<line>`; empty where there is none. */
  readonly placeInFile: Resolved['placeInFile'];
  readonly terminal: Terminal;
  readonly stop: Stop;
  /** The positional argument, if one was given. Not yet checked. */
  readonly argument: string | undefined;
  /** The command line after `--`, for a command that wraps another; empty when there is none. */
  readonly wrapped: readonly string[];
}
