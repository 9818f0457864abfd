import { lstatSync, type Stats, statSync } from 'node:fs';

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
