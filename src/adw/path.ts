const WINDOWS = /^(?:[A-Za-z]:[\\/]|\\\\)/;
/** Home directories by convention, for trees that come from another machine. */
const ANY_HOME = /^(?:\/Users\/[^/]+|\/home\/[^/]+|\/root|[A-Za-z]:\/Users\/[^/]+)(?=\/|$)/;

/** What paths in events are written relative to. */
export interface PathBases {
  /** Directories to write paths relative to, absolute (the session's cwd). The longest that fits is taken. */
  readonly bases: readonly string[];
  /** The home directory, written as `~` in paths outside of every base. */
  readonly home?: string | undefined;
}

/**
 * A path as events show it: forward slashes; relative to the innermost base that holds it; outside of all bases its
 * absolute form with the home directory as `~`. Knows Windows paths (`C:\…`) wherever it runs.
 */
export function displayPath(path: string, { bases, home }: PathBases): string {
  const wanted = slashes(path, WINDOWS.test(path) || bases.some(base => WINDOWS.test(base)));
  if (!isAbsolute(wanted)) return wanted.replace(/^(?:\.\/)+/, '');
  let best: string | undefined;
  for (const base of bases) {
    const rest = below(wanted, base);
    if (rest !== undefined && (best === undefined || rest.length < best.length)) best = rest;
  }
  if (best !== undefined) return best === '' ? '.' : best;
  const rest = home === undefined ? undefined : below(wanted, home);
  if (rest !== undefined) return rest === '' ? '~' : `~/${rest}`;
  return wanted.replace(ANY_HOME, '~');
}

/** The part of `path` below `base`; empty when they are the same, undefined when it lies elsewhere. */
function below(path: string, base: string): string | undefined {
  const windows = WINDOWS.test(base);
  const trimmed = slashes(base, windows).replace(/\/+$/, '');
  if (trimmed === '') return undefined;
  // Windows does not tell upper from lower case, and tools disagree on the drive's letter.
  const [outer, inner] = windows ? [trimmed.toLowerCase(), path.toLowerCase()] : [trimmed, path];
  if (inner === outer) return '';
  return inner.startsWith(`${outer}/`) ? path.slice(trimmed.length + 1) : undefined;
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/') || /^[A-Za-z]:\//.test(path);
}

function slashes(path: string, windows: boolean): string {
  return windows ? path.replaceAll('\\', '/') : path;
}
