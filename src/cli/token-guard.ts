import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { AdwStreamError } from '../base/errors.ts';
import { flagOf, type OptionKey } from './options.ts';
import { safeLine } from './output/escape.ts';
import type { Origins, Resolved } from './settings.ts';

/** What a token opens: the option that names where it is sent. */
const SENT_TO: readonly (readonly [token: OptionKey, target: OptionKey])[] = [
  ['token', 'server'],
  ['readToken', 'server'],
  ['storeToken', 'store'],
  ['storePassword', 'store'],
];

/** What {@link guardTokens} checks. */
export interface GuardInput extends Pick<Resolved, 'settings' | 'origins'> {
  /** Options of the command: one that talks to no server sends no token. */
  readonly options: readonly OptionKey[];
  /** The config file was named by the caller. */
  readonly isConfigNamed: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * A config file that was merely found may be another person's: that of a cloned repository must neither redirect a token of the
 * environment or the command line to a server of its own, nor switch redaction off unseen. The caller's own files may: one named
 * with --config, and one directly in the home directory.
 * @returns the file that switches redaction off, where such a one does
 * @throws AdwStreamError invalid_option where a token would go to a server that only such a file names
 */
export function guardTokens({ settings, origins, options, isConfigNamed, env }: GuardInput): string | undefined {
  const isFound = (key: OptionKey): boolean => !isConfigNamed && isFoundFile(origins[key], env);
  for (const [token, target] of SENT_TO) {
    if (!options.includes(token) || !options.includes(target)) continue;
    if (settings[token] === undefined || isFound(token) || !isFound(target)) continue;
    if (isAbsolute(origins[token])) continue;
    throw new AdwStreamError(
      'invalid_option',
      `The token of ${origins[token]} is not sent to ${safeLine(String(settings[target]))}, which only ${safeLine(origins[target])} names: ` +
        `give it with ${flagOf(target)}, or name the file with --config.`,
    );
  }
  if (!options.includes('redact') || settings.redact || !isFound('redact')) return undefined;
  return origins.redact;
}

/** Whether a setting comes from a config file that was only found, and lies in none of the caller's own places. */
export function isFoundFile(origin: Origins[OptionKey], env: GuardInput['env']): boolean {
  if (!isAbsolute(origin)) return false;
  const home = env.HOME ?? homedir();
  return dirname(origin) !== home && dirname(origin) !== (env.XDG_CONFIG_HOME ?? join(home, '.config'));
}
