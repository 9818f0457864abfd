import { AdwStreamError } from '../base/errors.ts';

/** Characters of a path that the wire admits. */
const PATH_CHARS_MAX = 1_024;

/**
 * Whether `path` is one that stays where it is put: relative, forward slashes, no empty, `.` or `..` segment, no
 * backslash, drive letter, NUL or other control character, and not an encoded form of any of these.
 */
export function isSafePath(path: string): boolean {
  return (
    path.length > 0 &&
    path.length <= PATH_CHARS_MAX &&
    !/\p{Surrogate}/u.test(path) &&
    !/[\u0000-\u001f\u007f\\]/.test(path) &&
    !/^[A-Za-z]:/.test(path) &&
    !/%(?:2e|2f|5c|00)/i.test(path) &&
    path.split('/').every(segment => segment !== '' && segment !== '.' && segment !== '..')
  );
}

/** Returns `path`, or throws `invalid_path`. */
export function requireSafePath(path: string): string {
  if (isSafePath(path)) return path;
  const shown = JSON.stringify(path.slice(0, 120));
  throw new AdwStreamError('invalid_path', `${shown} is not a relative path with forward slashes and without "..".`);
}

/** Where our server shows an artifact of an ADW, relative to its base URL. */
export function artifactUrl(adwId: string, path: string): string {
  return `/api/v1/adws/${adwId}/artifacts/${path.split('/').map(encodeURIComponent).join('/')}`;
}
