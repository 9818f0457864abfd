import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { AdwStreamError, systemCode } from '../../base/errors.ts';

/** Who holds a lock. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  /** When that process began, in the kernel's words: a recycled pid has another. Empty where the system does not say. */
  readonly started: string;
}

/** A lock that is held. */
export interface Lock {
  /** Whether it is still ours: another watcher may have taken it over. */
  isHeld(): boolean;
  release(): void;
}

/**
 * Takes the lock of one ADW in our state directory, so that a second watcher on this host says so instead of doing the
 * work twice. (Two watchers lose and repeat nothing: the log's positions see to that.) The lock of a dead process is
 * taken silently; so is that of another host, whose liveness cannot be seen from here.
 * @param path the lock's file
 * @throws AdwStreamError adw_locked, state_dir_unwritable
 */
export function acquireLock(path: string, { adwId, takeover }: { adwId: string; takeover: boolean }): Lock {
  const me: Owner = { pid: process.pid, host: hostname(), started: startOf(process.pid) };
  const owner = readOwner(path);
  if (owner && !takeover && !isSame(owner, me) && isAlive(owner)) {
    throw new AdwStreamError('adw_locked', `ADW ${adwId} is already being watched by process ${owner.pid}.`);
  }
  try {
    writeFileSync(path, JSON.stringify(me), { mode: 0o600 });
  } catch (error) {
    if (systemCode(error) === 'ENOSPC') return { isHeld: () => true, release: () => {} };
    throw new AdwStreamError('state_dir_unwritable', `Cannot write ${path} (${systemCode(error)}).`, { cause: error });
  }
  const isHeld = () => {
    const now = readOwner(path);
    return now === undefined || isSame(now, me);
  };
  return {
    isHeld,
    release: () => {
      if (isHeld()) rmSync(path, { force: true });
    },
  };
}

function readOwner(path: string): Owner | undefined {
  try {
    const owner = JSON.parse(readFileSync(path, 'utf8')) as Partial<Owner>;
    const { pid, host, started } = owner;
    if (typeof pid !== 'number' || typeof host !== 'string' || typeof started !== 'string') return undefined;
    return { pid, host, started };
  } catch {
    return undefined; // no lock, or one torn by a crash
  }
}

function isSame(a: Owner, b: Owner): boolean {
  return a.pid === b.pid && a.host === b.host && a.started === b.started;
}

function isAlive(owner: Owner): boolean {
  if (owner.host !== hostname()) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if (systemCode(error) !== 'EPERM') return false;
  }
  return owner.started === '' || startOf(owner.pid) === owner.started;
}

/** Field 22 of /proc/<pid>/stat (proc(5)): start time in clock ticks since boot. Empty where there is no /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
