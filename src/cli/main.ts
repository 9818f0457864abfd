import { CommanderError } from 'commander';
import { isAdwId } from '../adw/id.ts';
import { AdwStreamError, ExitCode } from '../base/errors.ts';
import { COMMANDS } from './commands.ts';
import type { Context } from './context.ts';
import { type Io, processIo } from './io.ts';
import { LOADERS } from './loaders.ts';
import { nearest } from './nearest.ts';
import type { Settings } from './options.ts';
import { onPipeClosed } from './output/pipe.ts';
import { buildProgram, type Invocation } from './program.ts';

/**
 * Runs one command line and answers its exit code. Only `--help` and `--version` are answered from what is loaded here:
 * whatever a command needs is imported when it runs.
 * @param argv what was typed after the program's name
 * @param io streams, environment, working directory and signal; the process's own by default
 */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  for (const stream of [io.stdout, io.stderr]) onPipeClosed(stream, () => {});
  let invocation: Invocation | undefined;
  const program = buildProgram(io, typed => {
    invocation = typed;
  });
  try {
    if (argv.length === 0) program.outputHelp();
    else program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? ExitCode.done : ExitCode.usage;
  }
  return invocation === undefined ? ExitCode.done : run(invocation, { io, separated: argv.includes('--') });
}

async function run(invocation: Invocation, { io, separated }: { io: Io; separated: boolean }): Promise<number> {
  const [{ resolveSettings }, { createTerminal }, { errorReport, exitCodeOf }, { paintFor }, { listenForStop }] =
    await Promise.all([
      import('./settings.ts'),
      import('./output/terminal.ts'),
      import('./output/report.ts'),
      import('./output/style.ts'),
      import('./stop.ts'),
    ]);
  const stop = listenForStop(io.signal);
  let verbose = invocation.flags.verbose === true;
  try {
    const { settings, origins, warnings } = await resolveSettings({
      flags: invocation.flags,
      env: io.env,
      cwd: io.cwd,
    });
    verbose = settings.verbose;
    const terminal = createTerminal(io, settings, stop.request);
    for (const warning of warnings) terminal.log.warn(warning);
    refuseStrayArguments(invocation, separated);
    refuseMistypedCommand(invocation, settings);
    const { argument, wrapped } = invocation;
    const context: Context = { io, settings, origins, terminal, stop, argument, wrapped };
    return await (await loaderOf(invocation)()).run(context);
  } catch (error) {
    io.stderr.write(`${errorReport(error, { paint: paintFor(io.stderr, io.env), verbose })}\n`);
    return exitCodeOf(error);
  } finally {
    stop.dispose();
  }
}

/** Words after the id are a command only behind `--`; without it they are more likely a mistake. */
function refuseStrayArguments({ spec, wrapped }: Invocation, separated: boolean): void {
  const [first] = wrapped;
  if (first === undefined || (spec.wraps && separated)) return;
  const remedy = spec.wraps ? ` Write "--" before a command that ${spec.name} is to run.` : '';
  throw new AdwStreamError(
    'invalid_option',
    `${spec.name} does not know what to do with ${JSON.stringify(first)}.${remedy}`,
  );
}

/** `adw-stream relpay` reaches the default command as an id that is none. */
function refuseMistypedCommand({ spec, argument }: Invocation, { idFormat }: Settings): void {
  if (argument === undefined || spec !== COMMANDS[0] || isAdwId(argument, idFormat)) return;
  const meant = nearest(
    argument,
    COMMANDS.map(({ name }) => name),
  );
  if (meant === undefined) return;
  const message = `${JSON.stringify(argument)} is neither a command nor an ADW id. Did you mean ${meant}?`;
  throw new AdwStreamError('invalid_adw_id', message);
}

function loaderOf({ spec }: Invocation): (typeof LOADERS)[string] {
  const load = LOADERS[spec.name];
  if (load === undefined) throw new Error(`The command ${spec.name} has no module.`);
  return load;
}
