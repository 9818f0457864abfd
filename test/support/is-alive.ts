import { readFileSync } from 'node:fs';

/**
 * Whether a process runs. One that has ended and that its parent has not waited for is gone as well: where the parent ended before
 * it, that is up to the first process of the machine, which takes its time in some containers.
 */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !/\) Z /.test(statusOf(pid));
}

/** proc(5), /proc/pid/stat; empty where there is no /proc. */
function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}
