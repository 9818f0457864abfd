import { requireAdwId } from '../adw/id.ts';
import { AdwStreamError } from '../base/errors.ts';
import type { Context } from './context.ts';
import type { AdwSource } from './source.ts';

/**
 * The ADW id that was typed, checked before anything is looked for on disk; without one, on a terminal, the one that is
 * picked from those there are.
 * @param known where the ones to pick from come from
 * @throws AdwStreamError invalid_adw_id, or invalid_option when there is none and nobody to ask
 */
export async function chooseAdw(
  { argument, io, settings, stop, terminal }: Context,
  known: Pick<AdwSource, 'choices'>,
): Promise<string> {
  if (argument !== undefined) return requireAdwId(argument, settings.idFormat);
  const message = 'Which ADW? Give its id, 8 letters or digits such as 1a2b3c4d.';
  const canAsk = io.stdin.isTTY === true && io.stdout.isTTY === true && terminal.form === 'pretty';
  if (!canAsk) throw new AdwStreamError('invalid_option', message);
  const choices = await known.choices();
  if (choices.length === 0) throw new AdwStreamError('adw_not_found', 'There is no ADW to choose from yet.');
  const { pickAdw } = await import('./picker.ts');
  return pickAdw(io, choices, stop.signal);
}

/** Checks the id that was typed, if one was, before anything is looked for on disk. */
export function checkArgument({ argument, settings }: Context): void {
  if (argument !== undefined) requireAdwId(argument, settings.idFormat);
}
