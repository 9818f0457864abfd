import { requireAdwId } from '../adw/id.ts';
import { AdwStreamError } from '../base/errors.ts';
import type { Context } from './context.ts';

/**
 * The ADW id that was typed, checked before anything is looked for on disk.
 * @throws AdwStreamError invalid_adw_id, or invalid_option when there is none
 */
export function requireArgument({ argument, settings }: Context): string {
  if (argument !== undefined) return requireAdwId(argument, settings.idFormat);
  throw new AdwStreamError('invalid_option', 'Which ADW? Give its id, 8 letters or digits such as 1a2b3c4d.');
}
