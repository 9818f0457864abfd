import { closeSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { messageOf, systemCode } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { checkOwnDirectory, openOwnFile, readOwnFile } from '../../base/own-file.ts';
import { stateFile } from './state-dir.ts';

/** What is worth keeping of an ADW's state; a lock is of a process, not of a directory. */
const KINDS = ['checkpoint.json', 'journal', 'journal.1', 'rejected.ndjson'];

/** What {@link moveFormerState} takes. */
export interface FormerState {
  readonly adwId: string;
  /** Where state was kept before it moved out of the repository: `.adw-stream` beside `agents/`. */
  readonly formerStateDir: string;
  readonly stateDir: string;
  readonly log: Logger;
}

/**
 * Moves what an earlier version kept of an ADW to where it is kept now, unless something is there already. Links, and whatever
 * else is not ours alone, stay where they are with one warning. Never throws: without it only times and a cache are lost.
 */
export function moveFormerState({ adwId, formerStateDir, stateDir, log }: FormerState): void {
  const kinds = KINDS.filter(kind => existsSync(stateFile(formerStateDir, adwId, kind)));
  if (kinds.length === 0 || KINDS.some(kind => existsSync(stateFile(stateDir, adwId, kind)))) return;
  try {
    checkOwnDirectory(formerStateDir);
    for (const kind of kinds) moveFile(stateFile(formerStateDir, adwId, kind), stateFile(stateDir, adwId, kind));
    log.report('state_moved', { from: formerStateDir, adw_id: adwId, to: stateDir });
  } catch (error) {
    log.report('state_not_moved', { error: messageOf(error) });
  }
}

/** Not by a rename: the two may lie on different file systems, and what was checked is what is moved. */
function moveFile(from: string, to: string): void {
  const bytes = readOwnFile(from);
  const fd = openOwnFile(to, 'create');
  try {
    writeFileSync(fd, bytes);
  } catch (error) {
    rmSync(to, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
  try {
    rmSync(from, { force: true });
  } catch (error) {
    // A repository that may not be written: the copy is what counts.
    if (systemCode(error) === undefined) throw error;
  }
}
