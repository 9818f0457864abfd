import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { AdwStreamError, messageOf, systemCode } from '../../base/errors.ts';
import { makeDirectory } from '../../base/make-directory.ts';
import { checkOwnDirectory } from '../../base/own-file.ts';

/**
 * Where the state of a repository is kept unless `--state-dir` says otherwise: below the user's own state directory
 * (https://specifications.freedesktop.org/basedir-spec/), named by the repository and the hash of its path. It lies outside of
 * the repository because an agent, or the author of a clone, may write there, and could put links in our files' places.
 * @param agentsDir absolute and without symbolic links
 */
export function defaultStateDir(agentsDir: string, env: Readonly<Record<string, string | undefined>>): string {
  const { XDG_STATE_HOME: given = '', HOME: home = '' } = env;
  const stateHome = isAbsolute(given) ? given : join(isAbsolute(home) ? home : homedir(), '.local', 'state');
  const key = createHash('sha256').update(agentsDir).digest('hex').slice(0, 12);
  return join(stateHome, 'adw-stream', `${basename(dirname(agentsDir)) || 'root'}-${key}`);
}

/**
 * Makes the directory where checkpoints, journals and locks are kept, and checks that no other user may write into it.
 * @throws AdwStreamError state_dir_unwritable, state_dir_unsafe
 */
export function makeStateDir(stateDir: string): void {
  try {
    makeDirectory(stateDir);
  } catch (error) {
    const message = `The state directory ${stateDir} cannot be made (${systemCode(error)}).`;
    throw new AdwStreamError('state_dir_unwritable', message, { cause: error });
  }
  try {
    checkOwnDirectory(stateDir);
  } catch (error) {
    throw new AdwStreamError('state_dir_unsafe', `The state directory ${messageOf(error)}.`, { cause: error });
  }
}

/** The path of a file in the state directory that belongs to one ADW. */
export function stateFile(stateDir: string, adwId: string, kind: string): string {
  return join(stateDir, `${adwId}.${kind}`);
}
