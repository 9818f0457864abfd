import { AdwStreamError, ExitCode } from '../../base/errors.ts';
import { completionScript, isShell, SHELLS } from '../completion.ts';
import type { Context } from '../context.ts';
import { didYouMean } from '../nearest.ts';
import { findPlaces } from '../sidecar.ts';

/** `adw-stream completion <shell>`: a script for the shell. With `ids` the ids there are, which that script asks for. */
export async function run(context: Context): Promise<number> {
  const { argument = '', settings, terminal } = context;
  if (argument === 'ids') {
    const places = await findPlaces(context).catch(() => undefined);
    if (places === undefined) return ExitCode.done;
    const { listAdwIds } = await import('../../sidecar/discover/agents-dir.ts');
    const ids = await listAdwIds(places, settings.idFormat);
    if (ids.length > 0) terminal.print(ids.join('\n'));
    return ExitCode.done;
  }
  if (!isShell(argument)) {
    const message = `completion wants one of ${SHELLS.join(', ')}, not ${JSON.stringify(argument)}.`;
    throw new AdwStreamError('invalid_option', `${message}${didYouMean(argument, SHELLS)}`);
  }
  terminal.print(completionScript(argument));
  return ExitCode.done;
}
