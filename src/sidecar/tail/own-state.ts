import type { Logger } from '../../base/log.ts';
import { AcknowledgedPositions } from './acknowledged.ts';
import { Checkpoint } from './checkpoint.ts';
import { moveFormerState } from './former-state.ts';
import { ArrivalJournal } from './journal.ts';
import { acquireLock, type Lock } from './lock.ts';
import { makeStateDir, stateFile } from './state-dir.ts';
import { TakenSince } from './taken-since.ts';

/** What a sidecar keeps of one ADW on our own disk. */
export interface OwnState {
  readonly journal: ArrivalJournal;
  /** Absent where nothing is delivered. */
  readonly acknowledged?: AcknowledgedPositions;
  /** Held by a watch. */
  readonly lock?: Lock;
}

/** What {@link openOwnState} takes. */
export interface OwnStateOptions {
  readonly adwId: string;
  readonly stateDir: string;
  /** Where an earlier version kept it, for what is still there to be moved. */
  readonly formerStateDir?: string;
  /** The server that positions were acknowledged by. */
  readonly server: string;
  /** Whether to hold the lock of the ADW, and whether to take it from another watch that lives. */
  readonly locks: boolean;
  readonly takeover: boolean;
  readonly log: Logger;
}

/**
 * Opens what a sidecar keeps, and makes its directory.
 * @throws AdwStreamError adw_locked, state_dir_unwritable, state_dir_unsafe
 */
export function openOwnState(options: OwnStateOptions): OwnState {
  const { adwId, stateDir, formerStateDir, server, locks, takeover, log } = options;
  makeStateDir(stateDir);
  if (formerStateDir !== undefined) moveFormerState({ adwId, formerStateDir, stateDir, log });
  const lock = locks ? acquireLock(stateFile(stateDir, adwId, 'lock'), { adwId, takeover }) : undefined;
  const checkpoint = new Checkpoint(stateFile(stateDir, adwId, 'checkpoint.json'), log);
  const takenSince = new TakenSince(stateFile(stateDir, adwId, 'taken.ndjson'), log);
  return {
    journal: new ArrivalJournal(stateFile(stateDir, adwId, 'journal'), log),
    acknowledged: new AcknowledgedPositions({ server, checkpoint, takenSince }),
    ...(lock && { lock }),
  };
}
