import { lstatSync, type Stats, statSync } from 'node:fs';
import { lastWrite } from './last-write.ts';

/** The state of a path; undefined where nothing is, or where a directory on the way may not be searched. */
export function statIfAny(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** The same of what lies at the path itself: of a link, not of what it leads to. */
export function lstatIfAny(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** When what lies at a path was last written to, as {@link lastWrite} says it; undefined where nothing is. */
export function writtenAt(path: string, nowMs: number): number | undefined {
  const stats = lstatIfAny(path);
  return stats && lastWrite({ mtimeMs: stats.mtimeMs, ctimeMs: stats.ctimeMs, nowMs });
}
