import { join } from 'node:path';
import { AdwStreamError, systemCode } from '../base/errors.ts';
import { makeDirectory } from '../base/make-directory.ts';

/**
 * Makes the directory where checkpoints, journals and locks are kept.
 * @throws AdwStreamError state_dir_unwritable
 */
export function makeStateDir(stateDir: string): void {
  try {
    makeDirectory(stateDir);
  } catch (error) {
    const message = `The state directory ${stateDir} cannot be made (${systemCode(error)}).`;
    throw new AdwStreamError('state_dir_unwritable', message, { cause: error });
  }
}

/** The path of a file in the state directory that belongs to one ADW. */
export function stateFile(stateDir: string, adwId: string, kind: string): string {
  return join(stateDir, `${adwId}.${kind}`);
}
