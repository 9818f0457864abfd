import { readFileSync, readlinkSync, statfsSync, statSync } from 'node:fs';
import { systemCode } from '../../base/errors.ts';

/** A process as a row of a database names it. */
export interface NamedProcess {
  readonly pid: number;
  /** When the row was written: the process had begun then. ms since the Unix epoch */
  readonly startedMs: number;
}

/** By how much the start of a process, counted from that of the machine, may be off. ms */
const CLOCK_MS = 2_000;
/** Ticks of a process's times in a second (USER_HZ), on every machine that Linux is built for. */
const TICKS_PER_SECOND = 100;
/** The pid namespace that is no container's (PROC_PID_INIT_INO). */
const MACHINE_NAMESPACE = 'pid:[4026531836]';
/** File systems whose files may be another machine's: NFS, SMB, CIFS, 9p, FUSE. */
const SHARED_FILE_SYSTEMS = [0x6969, 0xfe534d42, 0xff534d42, 0x01021997, 0x65735546];

/**
 * Whether a process lives, as seen on this machine: one of that pid is there and had begun when the row was written. A pid
 * that another process has by now is not alive. Undefined where the system does not say when a process began.
 */
export function isAlive({ pid, startedMs }: NamedProcess): boolean | undefined {
  if (!exists(pid)) return false;
  const found = beganAt(pid);
  if (found === 'dead') return false;
  return found === undefined ? undefined : found <= startedMs + CLOCK_MS;
}

/**
 * Whether the processes that a database names were started on this machine, so that one that is not there has ended. Not for
 * a copy of it, which was made after they began; nor in a container, nor on a file system that machines share.
 */
export function areOurs(databaseFile: string, { startedMs }: Pick<NamedProcess, 'startedMs'>): boolean {
  try {
    const { birthtimeMs } = statSync(databaseFile);
    if (!(birthtimeMs > 0) || birthtimeMs > startedMs + CLOCK_MS) return false;
    if (SHARED_FILE_SYSTEMS.includes(statfsSync(databaseFile).type)) return false;
    return process.platform !== 'linux' || readlinkSync('/proc/self/ns/pid') === MACHINE_NAMESPACE;
  } catch {
    return false;
  }
}

function exists(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid > 2 ** 31 - 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

/** When a process began, ms since the Unix epoch; undefined where the system does not say. */
function beganAt(pid: number): number | 'dead' | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    // The name, in parentheses, may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return 'dead';
    const bootSeconds = /^btime (\d+)/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1];
    return (Number(bootSeconds) + Number(fields[19]) / TICKS_PER_SECOND) * 1_000;
  } catch {
    return undefined;
  }
}
