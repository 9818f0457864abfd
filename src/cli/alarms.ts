import { AdwStreamError } from '../base/errors.ts';
import { AlarmsFault, readSecrets } from '../server/alarms/config.ts';
import type { ServerAlarms } from '../server/options.ts';
import type { Context } from './context.ts';
import { safeLine } from './output/escape.ts';
import { isFoundFile } from './token-guard.ts';
import { withoutSecrets } from './wrapped.ts';

/**
 * The alarms of the config file, their secrets read; undefined where it has none.
 * @throws AdwStreamError invalid_option where a variable is missing, or where the file may be that of a cloned repository:
 * its commands are not run, and nothing is sent to its addresses, unless the caller names it
 */
export function alarmsOf({ settings, origins, placeInFile, io }: Context): ServerAlarms | undefined {
  const { alarms, config } = settings;
  if (alarms === undefined) return undefined;
  const file = safeLine(origins.alarms);
  if (Object.keys(alarms.actions).length > 0 && config === undefined && isFoundFile(origins.alarms, io.env)) {
    const why = `The alarms of ${file} run commands or send to addresses that only that file names, and it was found, not named`;
    throw new AdwStreamError('invalid_option', `${why}: if it is yours, start with --config ${file}.`);
  }
  try {
    const ring = () => {
      if (io.stderr.isTTY) io.stderr.write('\u0007');
    };
    return { settings: readSecrets(alarms, io.env), commandEnv: withoutSecrets(io.env), ring };
  } catch (error) {
    if (!(error instanceof AlarmsFault)) throw error;
    const where = `"${error.place.join('.')}" in ${placeInFile(error.place)}`;
    throw new AdwStreamError('invalid_option', `${where}: ${error.message}.`, { cause: error });
  }
}
