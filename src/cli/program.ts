import { Command, CommanderError, Option } from 'commander';
import { COMMANDS, COMMON_OPTIONS, type CommandSpec } from './commands.ts';
import type { Io } from './io.ts';
import { OPTION_SPECS, type OptionKey } from './options.ts';
import type { GivenFlags } from './settings.ts';

/** What was typed. */
export interface Invocation {
  readonly spec: CommandSpec;
  readonly argument: string | undefined;
  /** Words after the argument: a command, when `--` was typed. */
  readonly wrapped: readonly string[];
  /** Words behind `--`, the argument too where it stands there; undefined when it was not typed. */
  readonly behind: readonly string[] | undefined;
  readonly flags: GivenFlags;
}

/** Reads a command line by the tables. Undefined when it is wrong; then commander has said why on stderr. */
export function parseCommandLine(argv: readonly string[], io: Io): Invocation | undefined {
  let invocation: Invocation | undefined;
  const behind = argv.includes('--') ? argv.slice(argv.indexOf('--') + 1) : undefined;
  const program = new Command('adw-stream')
    .helpOption(false)
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: text => io.stdout.write(text),
      writeErr: text => io.stderr.write(text),
      outputError: (text, write) => write(text),
    });
  for (const [index, spec] of COMMANDS.entries()) {
    const command = program.command(spec.name, { isDefault: index === 0 }).helpOption(false);
    if (spec.argument) command.argument(spec.argument.name);
    if (spec.wraps) command.argument('[command...]');
    for (const key of keysOf(spec)) addOption(command, key);
    command.action(() => {
      const [argument, ...wrapped]: (string | undefined)[] = spec.argument
        ? command.args
        : [undefined, ...command.args];
      const words = wrapped.filter(word => word !== undefined);
      invocation = { spec, argument, wrapped: words, behind, flags: flagsOf(command, spec) };
    });
  }
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
  }
  return invocation;
}

function keysOf({ options }: CommandSpec): OptionKey[] {
  return [...options, ...COMMON_OPTIONS];
}

function addOption(command: Command, key: OptionKey): void {
  const { flags, kind } = OPTION_SPECS[key];
  if (flags === undefined) return;
  const option = new Option(flags);
  // A list is one flag several times: `--role <name...>` would swallow the id after it.
  if (kind === 'list') option.argParser((text, before: string[] = []) => [...before, text]);
  command.addOption(option);
}

/** Only what was typed: commander's own defaults would hide the environment and the config file. */
function flagsOf(command: Command, spec: CommandSpec): GivenFlags {
  const flags: Partial<Record<OptionKey, unknown>> = {};
  for (const key of keysOf(spec)) {
    const { flags: written } = OPTION_SPECS[key];
    if (written === undefined) continue;
    // Two commands may have a flag of one name that means different options.
    const name = new Option(written).attributeName();
    if (command.getOptionValueSource(name) === 'cli') flags[key] = command.getOptionValue(name);
  }
  return flags;
}
