/** Before this no agent wrote lines: archives and images set times to 0 or 1, ms since the epoch. */
const OLDEST_MS = Date.UTC(2015, 0, 1);

/**
 * When a file was last written to, as far as the file system can be believed.
 * @param file.mtimeMs the file's own time, which archives and copies set to anything
 * @param file.ctimeMs when that was done: nothing was written here later
 * @param file.nowMs the time of day
 * @returns ms since the epoch; undefined where both are beyond now or before there were agents
 */
export function lastWrite(file: { mtimeMs: number; ctimeMs: number; nowMs: number }): number | undefined {
  const { mtimeMs, ctimeMs, nowMs } = file;
  return [mtimeMs, ctimeMs].map(Math.floor).find(ms => ms >= OLDEST_MS && ms <= nowMs);
}
