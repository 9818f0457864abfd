import type { TailedFile } from './tailed-file.ts';

/** Files of one ADW that are kept open, with the parser's fold over their lines; beyond it the longest idle ones are closed. */
export const OPEN_FILES_MAX = 128;
/** A file that was not written to for this long is closed in any case: hundreds of finished ADWs add up. ms */
const IDLE_MS = 60 * 60_000;

/** Closes idle files. One that grows after it was closed is opened, and parsed from its beginning, again. */
export function closeIdle(files: Iterable<TailedFile>, now: number): void {
  const open = [...files].flatMap(({ generations }) => generations).filter(({ reader }) => reader.isOpen);
  const idle = open.filter(({ dirty, detached }) => !dirty && !detached).sort((a, b) => a.grewAt - b.grewAt);
  for (const [index, generation] of idle.entries()) {
    if (index >= open.length - OPEN_FILES_MAX && now - generation.mtimeMs < IDLE_MS) continue;
    generation.reader.release();
    generation.fold = undefined;
    generation.untold = generation.reader.offset;
  }
}
