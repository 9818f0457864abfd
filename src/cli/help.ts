import { ExitCode } from '../base/errors.ts';
import { COMMANDS, COMMON_OPTIONS, type CommandSpec, EXIT_MEANINGS } from './commands.ts';
import { OPTION_SPECS, type OptionKey } from './options.ts';
import { wrapped } from './wrap.ts';

/** Two columns: what to type, and what it is. */
type Row = readonly [term: string, about: string];

/** Help is read, not measured: longer lines than this are hard to follow. */
const WIDTH_MAX = 110;
const HELP_ROW: Row = ['-h, --help', 'show help'];

/** Help for the program. Made from the tables alone, so that it is there at once. @param columns cells of the terminal */
export function programHelp(columns: number): string {
  const width = Math.min(columns, WIDTH_MAX);
  const commands = COMMANDS.map(
    ({ name, argument, summary }): Row => [[name, argument?.name].filter(Boolean).join(' '), summary],
  );
  const exits = Object.entries(EXIT_MEANINGS).map(
    ([name, meaning]): Row => [String(ExitCode[name as keyof typeof ExitCode]).padStart(3), meaning],
  );
  return [
    'Usage: adw-stream <adw_id> | <command> [options]',
    '',
    'See what your coding agents are doing, live and afterwards.',
    '',
    section('Commands', [...commands, ['help [command]', 'show help for a command']], width),
    section(
      'Options',
      [HELP_ROW, ['-V, --version', 'print the versions: of the program, its interface, its store, and Node']],
      width,
    ),
    section(
      'Examples',
      COMMANDS.slice(0, EXAMPLES).map(({ examples }) => examples[0] ?? ['', '']),
      width,
    ),
    section('Exit codes', exits, width),
    ...wrapped(
      'Every option may also stand in adw-stream.config.json or in the environment (ADW_STREAM_PORT for --port).',
      width,
    ),
  ].join('\n');
}

/** The commands that a newcomer tries first. */
const EXAMPLES = 5;

/** Help for one command. @param columns cells of the terminal */
export function commandHelp(spec: CommandSpec, columns: number): string {
  const width = Math.min(columns, WIDTH_MAX);
  const { name, argument, wraps, description, options, examples } = spec;
  const usage = ['adw-stream', name, argument?.name, '[options]', wraps && '[-- command...]'].filter(Boolean).join(' ');
  const given: Row[] = argument === undefined ? [] : [[argument.name, argument.describe]];
  if (wraps) given.push(['-- command...', 'a command to run and stream beside']);
  return [
    `Usage: ${usage}`,
    '',
    ...wrapped(description, width),
    '',
    ...(given.length > 0 ? [section('Arguments', given, width)] : []),
    ...(options.length > 0 ? [section('Options', optionRows(options), width)] : []),
    section('Common options', [...optionRows(COMMON_OPTIONS), HELP_ROW], width),
    section('Examples', examples, width).trimEnd(),
  ].join('\n');
}

function optionRows(keys: readonly OptionKey[]): Row[] {
  return keys.flatMap((key): Row[] => {
    const { flags, describe } = OPTION_SPECS[key];
    return flags === undefined
      ? []
      : [[flags.startsWith('-') && !flags.startsWith('--') ? flags : `    ${flags}`, describe + notesOf(key)]];
  });
}

function notesOf(key: OptionKey): string {
  const { kind, choices, default: fallback, defaultNote } = OPTION_SPECS[key];
  const notes = [
    choices?.join(', '),
    kind === 'list' ? 'may be given several times' : undefined,
    kind === 'switch' ? undefined : (fallback ?? defaultNote) && `default: ${fallback ?? defaultNote}`,
  ].filter(note => note !== undefined && note !== '');
  return notes.length === 0 ? '' : ` (${notes.join('; ')})`;
}

/** A title and its rows, the second column aligned and wrapped, and an empty line. */
function section(title: string, rows: readonly Row[], width: number): string {
  const first = Math.max(...rows.map(([term]) => term.length));
  const indent = ' '.repeat(first + 4);
  const room = Math.max(24, width - indent.length);
  const lines = rows.flatMap(([term, about]) =>
    wrapped(about, room).map((line, index) => (index === 0 ? `  ${term.padEnd(first)}  ${line}` : indent + line)),
  );
  return `${title}:\n${lines.join('\n')}\n`;
}
