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

/** Home directories by convention: the client that posts a path may be on another machine. */
const HOME = /^\/(?:Users\/[^/]+|home\/[^/]+|root)(?=\/|$)/;
/** Where a path of a repository with workflows becomes one that its readers know. */
const WITHIN_REPOSITORY = /(?:^|\/)(?:agents\/[^/]+\/|(?=(?:specs|trees|adws|app_docs)\/))/;
/** Segments that are kept of an absolute path of which nothing else is known. */
const KEPT_SEGMENTS = 3;

/**
 * A path that a client posted as it may be shown to others: with forward slashes, without `.` and `..`, and neither
 * absolute nor with a home directory's name. What lies in a repository is written relative to it (below `agents/<id>/` to
 * that, as our own events are), what lies in a home directory begins with `~`, of everything else the end is kept.
 */
export function shownPath(path: string): string {
  const slashed = path.replaceAll('\\', '/');
  const kept: string[] = [];
  for (const segment of slashed.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '.' && segment !== '' && !/^[A-Za-z]:$/.test(segment)) kept.push(segment);
  }
  const isAbsolute = /^(?:[A-Za-z]:)?\//.test(slashed);
  const whole = isAbsolute ? `/${kept.join('/')}`.replace(HOME, '~').replace(/^\//, '') : kept.join('/');
  if (!isAbsolute) return whole;
  const within = WITHIN_REPOSITORY.exec(whole);
  if (within !== null) return whole.slice(within.index + within[0].length);
  if (whole.startsWith('~') || kept.length <= KEPT_SEGMENTS) return whole;
  return `…/${kept.slice(-KEPT_SEGMENTS).join('/')}`;
}

/** Where our server shows an artifact of an ADW, relative to its base URL. */
export function artifactUrl(adwId: string, path: string): string {
  return `/api/v1/adws/${adwId}/artifacts/${path.split('/').map(encodeURIComponent).join('/')}`;
}
