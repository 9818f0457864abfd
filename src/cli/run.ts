import { isAdwId } from '../adw/id.ts';
import { AdwStreamError, ExitCode, messageOf } from '../base/errors.ts';
import { leaveWasmUnoptimized } from '../base/wasm.ts';
import { COMMANDS } from './commands.ts';
import type { Context } from './context.ts';
import type { Io } from './io.ts';
import { LOADERS } from './loaders.ts';
import { nearest } from './nearest.ts';
import type { Settings } from './options.ts';
import { outputError, written } from './output/lost-output.ts';
import { errorReport, exitCodeOf } from './output/report.ts';
import { paintFor } from './output/style.ts';
import { createTerminal } from './output/terminal.ts';
import type { Invocation } from './program.ts';
import { resolveSettings } from './settings.ts';
import { listenForStop } from './stop.ts';
import { guardTokens } from './token-guard.ts';

/** Runs a command that was typed: settings, terminal, signals, then the command itself. Answers its exit code. */
export async function runInvocation(invocation: Invocation, io: Io): Promise<number> {
  const { spec, argument, wrapped, flags } = invocation;
  leaveWasmUnoptimized();
  const stop = listenForStop(io.signal);
  let unwritable: AdwStreamError | undefined;
  let verbose = flags.verbose === true;
  try {
    const { settings, origins, placeInFile, unknown } = await resolveSettings({ flags, env: io.env, cwd: io.cwd });
    verbose = settings.verbose;
    const terminal = createTerminal(io, settings, error => {
      // A terminal that is closed is noticed by a write as often as by its signal.
      if (error === undefined) return stop.request(io.stdout.isTTY ? 'SIGHUP' : undefined);
      unwritable = outputError(error);
      if (spec.prints) stop.request();
      else terminal.log.report('output_lost', { error: messageOf(error) });
    });
    const isConfigNamed = flags.config !== undefined;
    // `config` shows what holds, and sends nothing.
    const options = spec.name === 'config' ? [] : spec.options;
    const unredacted = guardTokens({ settings, origins, options, isConfigNamed, env: io.env });
    for (const { name, hint } of unknown) terminal.log.report('setting_unknown', { name, hint });
    if (unredacted !== undefined) terminal.log.report('redaction_off', { file: unredacted });
    refuseMissingId(invocation, settings);
    refuseMistypedCommand(invocation, settings);
    refuseStrayArguments(invocation);
    const context: Context = { io, settings, origins, placeInFile, terminal, stop, argument, wrapped };
    const load = LOADERS[spec.name];
    if (load === undefined) throw new Error(`The command ${spec.name} has no module.`);
    const code = await (await load()).run(context);
    if (!spec.prints) return code;
    await written(io.stdout, '');
    if (unwritable === undefined) return code;
    throw unwritable;
  } catch (thrown) {
    const error = (spec.prints && unwritable) || thrown;
    // A request that a signal has broken off is no fault, neither ours nor the server's.
    if (stop.brokenOffCode() !== ExitCode.done && isBrokenOff(error)) return stop.brokenOffCode();
    io.stderr.write(`${errorReport(error, { paint: paintFor(io.stderr, io.env), verbose })}\n`);
    return exitCodeOf(error);
  } finally {
    stop.dispose();
  }
}

/** Whether a request ended so because it was aborted. */
function isBrokenOff(error: unknown): boolean {
  return exitCodeOf(error) === ExitCode.unreachable || (error instanceof Error && error.name === 'AbortError');
}

/** Words after the id are a command only behind `--`; without it they are more likely a mistake. */
function refuseStrayArguments({ spec, wrapped, behind }: Invocation): void {
  const [first] = wrapped;
  if (first === undefined || (spec.wraps && behind !== undefined)) return;
  const remedy = spec.wraps ? ` Write "--" before a command that ${spec.name} is to run.` : '';
  const message = `${spec.name} does not know what to do with ${JSON.stringify(first)}.${remedy}`;
  throw new AdwStreamError('invalid_option', message);
}

/** `adw-stream watch -- uv run …` reaches it with `uv` as an id. */
function refuseMissingId({ argument, wrapped, behind = [] }: Invocation, { idFormat }: Settings): void {
  if (wrapped.length === 0 || behind.length <= wrapped.length || isAdwId(argument ?? '', idFormat)) return;
  const message = 'Which ADW? Give its id before "--": adw-stream watch 1a2b3c4d -- command';
  throw new AdwStreamError('invalid_option', message);
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
