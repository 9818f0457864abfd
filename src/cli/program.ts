import { Command, Option } from 'commander';
import { ExitCode } from '../base/errors.ts';
import { VERSION } from '../base/version.ts';
import { COMMANDS, COMMON_OPTIONS, type CommandSpec, EXIT_MEANINGS } from './commands.ts';
import type { Io } from './io.ts';
import { OPTION_SPECS, type OptionKey } from './options.ts';
import type { GivenFlags } from './settings.ts';

/** What was typed. */
export interface Invocation {
  readonly spec: CommandSpec;
  readonly argument: string | undefined;
  readonly wrapped: readonly string[];
  readonly flags: GivenFlags;
}

const SOURCES =
  '\nEvery option may also stand in adw-stream.config.json or in the environment (ADW_STREAM_PORT for --port).';

/** Builds the command line from the tables. `onInvoke` is told what was typed; nothing is run here. */
export function buildProgram(io: Io, onInvoke: (invocation: Invocation) => void): Command {
  const program = new Command('adw-stream')
    .description('See what your coding agents are doing, live and afterwards.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .usage('<adw_id> | <command> [options]')
    .exitOverride()
    .configureOutput({
      writeOut: text => io.stdout.write(text),
      writeErr: text => io.stderr.write(text),
      outputError: (text, write) => write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
    })
    .addHelpText(
      'after',
      `${examplesText(COMMANDS.map(spec => spec.examples[0] ?? ['', '']))}${exitCodesText()}${SOURCES}`,
    );
  for (const [index, spec] of COMMANDS.entries()) addCommand(program, spec, { isDefault: index === 0, onInvoke });
  return program;
}

function addCommand(
  program: Command,
  spec: CommandSpec,
  { isDefault, onInvoke }: { isDefault: boolean; onInvoke: (invocation: Invocation) => void },
): void {
  const command = program
    .command(spec.name, { isDefault })
    .summary(spec.summary)
    .description(spec.description)
    .addHelpText('after', examplesText(spec.examples));
  if (spec.argument) command.argument(spec.argument.name, spec.argument.describe);
  if (spec.wraps) {
    command.argument('[command...]', 'after "--": a command to run and stream beside');
    command.usage(`[options] ${spec.argument?.name ?? ''} [-- command...]`);
  }
  for (const key of [...spec.options, ...COMMON_OPTIONS]) {
    const option = optionOf(key);
    if (option) command.addOption(COMMON_OPTIONS.includes(key) ? option.helpGroup('Common options:') : option);
  }
  command.action(() => {
    const [argument, ...wrapped]: (string | undefined)[] = spec.argument ? command.args : [undefined, ...command.args];
    onInvoke({ spec, argument, wrapped: wrapped.filter(word => word !== undefined), flags: flagsOf(command, spec) });
  });
}

function optionOf(key: OptionKey): Option | undefined {
  const spec = OPTION_SPECS[key];
  if (spec.flags === undefined) return undefined;
  const notes = [
    spec.kind === 'list' && 'may be given several times',
    spec.choices?.join(', '),
    spec.kind !== 'switch' && (spec.default ?? spec.defaultNote) && `default: ${spec.default ?? spec.defaultNote}`,
  ].filter(note => typeof note === 'string' && note !== '');
  const option = new Option(spec.flags, notes.length > 0 ? `${spec.describe} (${notes.join('; ')})` : spec.describe);
  // A list is one flag several times: `--role <name...>` would swallow the id after it.
  return spec.kind === 'list' ? option.argParser((text, before: string[] = []) => [...before, text]) : option;
}

/** Only what was typed: commander's own defaults would hide the environment and the config file. */
function flagsOf(command: Command, spec: CommandSpec): GivenFlags {
  const flags: Partial<Record<OptionKey, unknown>> = {};
  for (const key of [...spec.options, ...COMMON_OPTIONS]) {
    if (command.getOptionValueSource(key) === 'cli') flags[key] = command.getOptionValue(key);
  }
  return flags;
}

function examplesText(examples: CommandSpec['examples']): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  return `\nExamples:\n${examples.map(([line, meaning]) => `  ${line.padEnd(width)}  ${meaning}`).join('\n')}\n`;
}

function exitCodesText(): string {
  const rows = Object.entries(EXIT_MEANINGS).map(
    ([name, meaning]) => `  ${String(ExitCode[name as keyof typeof ExitCode]).padStart(3)}  ${meaning}`,
  );
  return `\nExit codes:\n${rows.join('\n')}\n`;
}
