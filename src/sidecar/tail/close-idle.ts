import type { TailedFile } from './tailed-file.ts';

/** Files of one ADW that are kept open, with what their lines have taught; beyond it the longest idle ones are put away. */
export const OPEN_FILES_MAX = 128;
/** One that nobody has written to for this long is put away in any case: hundreds of finished ADWs add up. ms */
const REST_MS = 60 * 60_000;

/** Gives back what idle files hold. One that grows after it was put away is opened, and parsed from its beginning, again. */
export function closeIdle(files: Iterable<TailedFile>, now: number): void {
  const open = [...files].flatMap(({ generations }) => generations).filter(({ reader }) => reader.isOpen);
  const idle = open.filter(({ dirty, detached }) => !dirty && !detached).sort((a, b) => a.grewAt - b.grewAt);
  for (const [index, generation] of idle.entries()) {
    if (index >= open.length - OPEN_FILES_MAX && now - generation.mtimeMs < REST_MS) continue;
    generation.reader.release();
    generation.fold = undefined;
    generation.untold = generation.reader.offset;
  }
}
