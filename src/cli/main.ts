import { AdwStreamError, ExitCode } from '../base/errors.ts';
import { API_VERSION, VERSION } from '../base/version.ts';
import { COMMANDS } from './commands.ts';
import { commandHelp, programHelp } from './help.ts';
import { type Io, processIo } from './io.ts';
import { didYouMean } from './nearest.ts';
import { isReaderGone, outputError, written } from './output/lost-output.ts';
import { errorReport, exitCodeOf } from './output/report.ts';
import { paintFor } from './output/style.ts';

/**
 * Runs one command line and answers its exit code. Only help and version are answered from what is loaded here: the
 * parser, and whatever a command needs, are imported when there is something to run.
 * @param argv what was typed after the program's name
 * @param io streams, environment, working directory and signal; the process's own by default
 */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  // Without a listener an error of a stream ends the process; what it means for a command is decided elsewhere.
  for (const stream of [io.stdout, io.stderr]) stream.on('error', () => {});
  const unknown = unknownTopic(argv);
  if (unknown !== undefined) return refuse(io, unknown);
  const answer = isVersionAsked(argv) ? await versions() : help(argv, io.stdout.columns ?? 100);
  if (answer !== undefined) {
    const error = await written(io.stdout, `${answer}\n`);
    return error === undefined || isReaderGone(io.stdout, error) ? ExitCode.done : refuse(io, outputError(error));
  }
  const [{ parseCommandLine }, { runInvocation }] = await Promise.all([import('./program.ts'), import('./run.ts')]);
  const invocation = parseCommandLine(argv, io);
  return invocation === undefined ? ExitCode.usage : runInvocation(invocation, io);
}

function refuse({ stderr, env }: Io, error: AdwStreamError): number {
  stderr.write(`${errorReport(error, { paint: paintFor(stderr, env), verbose: false })}\n`);
  return exitCodeOf(error);
}

function isVersionAsked([first]: readonly string[]): boolean {
  return first === '--version' || first === '-V';
}

/** What a report of a fault needs: whose version, of what, on what. */
async function versions(): Promise<string> {
  const { MIGRATIONS } = await import('../server/store/sqlite/migrations.ts');
  const { platform, arch } = process;
  return `adw-stream ${VERSION} (API ${API_VERSION}, store schema ${MIGRATIONS.length}, Node ${process.version}, ${platform}-${arch})`;
}

/** What is wrong with `help <command>`; undefined when nothing is, or something else was typed. */
function unknownTopic([first, topic]: readonly string[]): AdwStreamError | undefined {
  const names = COMMANDS.map(({ name }) => name);
  if (first !== 'help' || topic === undefined || topic.startsWith('-') || names.includes(topic)) return undefined;
  const message = `There is no command ${JSON.stringify(topic)}.${didYouMean(topic, names)}`;
  return new AdwStreamError('invalid_option', message);
}

/** The text that was asked for with `--help`, `help` or nothing at all. */
function help(argv: readonly string[], columns: number): string | undefined {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  const [first, second] = own;
  const isAsked = argv.length === 0 || first === 'help' || own.includes('--help') || own.includes('-h');
  if (!isAsked) return undefined;
  const name = first === 'help' ? second : first;
  const spec = COMMANDS.find(command => command.name === name);
  return spec === undefined ? programHelp(columns) : commandHelp(spec, columns);
}
