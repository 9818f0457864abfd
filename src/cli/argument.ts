import { isAdwId, requireAdwId } from '../adw/id.ts';
import { AdwStreamError, messageOf } from '../base/errors.ts';
import type { Context } from './context.ts';
import { didYouMean } from './nearest.ts';
import { findPlaces } from './sidecar.ts';
import type { AdwSource } from './source.ts';

/**
 * Checks the id that was typed, before anything is read.
 * @throws AdwStreamError invalid_adw_id, saying which one is near, or invalid_option when there is none and no terminal to ask on
 */
export async function checkArgument(context: Context): Promise<void> {
  const { argument, io, settings, terminal } = context;
  if (argument !== undefined) {
    if (!isAdwId(argument, settings.idFormat)) await refuse(context, argument);
    return;
  }
  const canAsk = io.stdin.isTTY === true && io.stdout.isTTY === true && terminal.form === 'pretty';
  if (canAsk) return;
  throw new AdwStreamError('invalid_option', 'Which ADW? Give its id, 8 letters or digits such as 1a2b3c4d.');
}

async function refuse(context: Context, argument: string): Promise<void> {
  const { idFormat } = context.settings;
  const { listAdwIds } = await import('../sidecar/discover/agents-dir.ts');
  const ids = await findPlaces(context)
    .then(places => listAdwIds(places, idFormat))
    .catch(() => []);
  try {
    requireAdwId(argument, idFormat);
  } catch (error) {
    const message = `${messageOf(error)}${didYouMean(argument, ids)}`;
    throw new AdwStreamError('invalid_adw_id', message, { cause: error });
  }
}

/**
 * The id that was typed and checked; without one, on a terminal, the one that is picked.
 * @param known where the ones to pick from come from
 * @throws AdwStreamError adw_not_found when there is none to pick, interrupted when nothing is picked
 */
export async function chooseAdw({ argument, io, stop }: Context, known: Pick<AdwSource, 'choices'>): Promise<string> {
  if (argument !== undefined) return argument;
  const choices = await known.choices();
  if (choices.length === 0) throw new AdwStreamError('adw_not_found', 'There is no ADW to choose from yet.');
  const { pickAdw } = await import('./picker.ts');
  return pickAdw(io, choices, stop.signal);
}
