import { isAdwId, requireAdwId } from '../adw/id.ts';
import { AdwStreamError } from '../base/errors.ts';
import { COMMANDS } from './commands.ts';
import type { Context } from './context.ts';
import { nearest } from './nearest.ts';

/**
 * The ADW id that was typed, checked before anything is looked for on disk.
 * @throws AdwStreamError invalid_adw_id, or invalid_option when there is none or a command was mistyped
 */
export function requireArgument({ argument, settings }: Context): string {
  if (argument === undefined) {
    throw new AdwStreamError('invalid_option', 'Which ADW? Give its id, 8 letters or digits such as 1a2b3c4d.');
  }
  // `adw-stream relpay` reaches the default command as an id.
  const names = COMMANDS.map(({ name }) => name);
  const meant = isAdwId(argument, settings.idFormat) ? undefined : nearest(argument, names);
  if (meant !== undefined) {
    throw new AdwStreamError(
      'invalid_adw_id',
      `${JSON.stringify(argument)} is neither a command nor an ADW id. Did you mean ${meant}?`,
    );
  }
  return requireAdwId(argument, settings.idFormat);
}
