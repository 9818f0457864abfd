import { closeSync, readFileSync, rmSync, type Stats, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { agoMs } from '../../base/clock.ts';
import { AdwStreamError, messageOf, systemCode } from '../../base/errors.ts';
import { openOwnFile, readOwnFile } from '../../base/own-file.ts';
import { lstatIfAny } from '../../base/stat.ts';

/** From this age on a file's ctime tells it from every later state, ms. */
const SETTLED_MS = 1_000;

/** When this process began; the same for all locks of it. */
let ownStart: string | undefined;

/** The process that holds a lock. */
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
 * @throws AdwStreamError adw_locked, state_dir_unwritable, state_dir_unsafe: something else lies in the lock's place
 */
export function acquireLock(path: string, { adwId, takeover }: { adwId: string; takeover: boolean }): Lock {
  ownStart ??= startOf(process.pid);
  const me: Owner = { pid: process.pid, host: hostname(), started: ownStart };
  const owner = readOwner(path);
  if (owner && !takeover && !isSame(owner, me) && isAlive(owner)) {
    throw new AdwStreamError('adw_locked', `ADW ${adwId} is already being watched by process ${owner.pid}.`);
  }
  try {
    writeOwner(path, me);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOSPC') return { isHeld: () => true, release: () => {} };
    if (code === undefined) throw new AdwStreamError('state_dir_unsafe', `${messageOf(error)}.`, { cause: error });
    throw new AdwStreamError('state_dir_unwritable', `Cannot write ${path} (${code}).`, { cause: error });
  }
  /** The file's state in which it was ours; while it stays so, it is not read again at every poll. */
  let known: Stats | undefined;
  const isHeld = () => {
    const stats = lstatIfAny(path);
    if (stats !== undefined && stats.ino === known?.ino && stats.ctimeMs === known.ctimeMs) return true;
    const owner = readOwner(path);
    const isOurs = owner === undefined || isSame(owner, me);
    // A write within the clock's tick of the last one would not show.
    known = isOurs && agoMs(stats?.ctimeMs ?? 0, Date.now()) > SETTLED_MS ? stats : undefined;
    return isOurs;
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
    const owner = JSON.parse(readOwnFile(path).toString('utf8')) as Partial<Owner>;
    const { pid, host, started } = owner;
    if (typeof pid !== 'number' || typeof host !== 'string' || typeof started !== 'string') return undefined;
    return { pid, host, started };
  } catch {
    return undefined; // no lock, or one torn by a crash
  }
}

function writeOwner(path: string, owner: Owner): void {
  const fd = openOwnFile(path, 'replace');
  try {
    writeFileSync(fd, JSON.stringify(owner));
  } finally {
    closeSync(fd);
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
