import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { lstatIfAny, statIfAny } from '../../base/stat.ts';
import type { FoundFile, PlanHint, Unreadable } from '../flow.ts';
import { classify, isSpecName, roleIn } from './classify.ts';
import { databaseBeside, type RunDirectories, type RunRoot, repositoryOf, rootsOf } from './layout.ts';
import { type Directories, DirectoryLister } from './listing.ts';

/** Levels below a root that are searched; real trees use four. */
const DEPTH_MAX = 8;
/** Longest path that a system takes, bytes (PATH_MAX of Linux); a longer one is made up to be searched. */
const PATH_LENGTH_MAX = 4_096;
/** What Node puts in the place of bytes that are no UTF-8. */
const REPLACEMENT = '\uFFFD';
/** What Claude Code's output is called while it is written; other streams are earlier ones that were renamed. */
const CANONICAL = /(?:^|\/)(?:cc_)?raw_output\.jsonl$/;

/** What one scan of the tree found. */
export interface Scan {
  /** Files that are something to us; canonical stream names before others, each in the order of their directories. */
  readonly files: readonly FoundFile[];
  /** Role directories, by name, including those that hold nothing yet. */
  readonly roles: readonly string[];
  /** Those of them that are a factory's agents. */
  readonly agents: readonly string[];
  /** Every directory it went through, and those in which a missing one would appear. */
  readonly directories: Directories;
  /** What of the ADW may not be read: paths as events name them, and the system's code; ELOOP for links. */
  readonly unreadable: readonly Unreadable[];
  /** The file that the state names as the plan. */
  readonly planned: FoundFile | undefined;
}

/** A place of plan specs, or of the ADW's own files. */
type Root = Pick<RunRoot, 'directory' | 'prefix'>;

/**
 * The places where one ADW leaves files: `<id>` in a directory of runs, the same below its own worktrees, and plan specs
 * beside them. A scan is cheap and is the truth; file system events only say when to make one.
 */
export class AdwTree {
  readonly adwId: string;
  /** The directory that holds `agents/`, or the factory's `adws/`. */
  readonly repository: string;
  readonly #lister = new DirectoryLister();
  readonly #directories: RunDirectories;
  #roots: readonly RunRoot[];
  #last: Scan | undefined;
  /** Links, and names that are no UTF-8, that the present scan came to where something would be read if they were not. */
  #links: Unreadable[] = [];

  /** The directories are absolute and without symbolic links. */
  constructor({ adwId, agentsDir, otherDirs = [] }: RunDirectories & { readonly adwId: string }) {
    this.adwId = adwId;
    this.repository = repositoryOf(agentsDir);
    this.#directories = { agentsDir, otherDirs };
    this.#roots = rootsOf(adwId, this.#directories);
  }

  /** Where isolated workflows run; empty of most. */
  get #worktrees(): readonly Root[] {
    const own = new Map<string, Root>();
    for (const { worktree, prefix } of this.#roots) if (worktree) own.set(worktree, { directory: worktree, prefix });
    return [...own.values()];
  }

  /** Where a role's directory may lie: in the main checkout, or in the worktree. */
  roleDirectories(role: string): string[] {
    return this.#roots.map(({ directory }) => join(directory, role));
  }

  /** Whether the ADW has left anything yet. */
  exists(): boolean {
    return this.#roots.some(isThere);
  }

  /**
   * Scans everything. Never throws: what vanishes is simply not there.
   * @returns the same object as before where nothing has changed
   */
  scan(plan?: PlanHint): Scan {
    const planned = plan && this.#plan(plan);
    const last = this.#last;
    if (last && last.planned?.absolute === planned?.absolute && this.#lister.isUnchanged()) return last;
    this.#last = this.#walkAll(planned);
    return this.#last;
  }

  #walkAll(planned: FoundFile | undefined): Scan {
    const files = new Map<string, FoundFile>();
    const roles = new Set<string>();
    const agents = new Set<string>();
    this.#links = [];
    this.#lister.begin();
    this.#roots = this.#apart(rootsOf(this.adwId, this.#directories));
    for (const root of this.#roots) this.#scanRoot(root, { files, roles: root.layout === 'factory' ? agents : roles });
    for (const agent of agents) roles.add(agent);
    for (const { directory } of this.#roots) this.#listNearest(directory);
    for (const directory of this.#specDirectories()) this.#scanSpecs(directory, files);
    if (planned) files.set(planned.absolute, planned);
    return {
      files: canonicalFirst([...files.values()]),
      roles: [...roles].sort(),
      agents: [...agents].sort(),
      directories: this.#lister.directories,
      unreadable: this.#unreadable(),
      planned,
    };
  }

  /** An id that both layouts have is one run; what lies in the second is told apart by its path. */
  #apart(roots: readonly RunRoot[]): readonly RunRoot[] {
    const main = roots.filter(({ worktree }) => worktree === undefined).filter(isThere);
    const isSecond = (root: RunRoot) => main.length > 1 && main.includes(root) && root !== main[0];
    const below = ({ directory }: RunRoot) => `${relative(this.repository, directory).split(sep).join('/')}/`;
    return roots.map(root => (isSecond(root) ? { ...root, prefix: below(root) } : root));
  }

  /** Goes through the nearest directory above a missing one: it is where the missing one will appear. */
  #listNearest(directory: string): void {
    let nearest = directory;
    while (nearest !== dirname(nearest) && !(lstatIfAny(nearest) && isPlain(nearest))) nearest = dirname(nearest);
    if (nearest !== directory) this.#lister.list(nearest);
  }

  /** Directories that were listed just now; those of `specs/` are not the ADW's own. */
  #unreadable(): Unreadable[] {
    const directories = [...this.#lister.unreadable].flatMap(([absolute, code]) => {
      const root = this.#roots.find(({ directory }) => absolute === directory || isInside(absolute, directory));
      if (root === undefined) return [];
      const path = `${relative(root.directory, absolute).split(sep).join('/')}/`;
      return [{ path: `${root.prefix}${path}`.replace(/\/+$/, '/'), absolute, code, role: roleIn(path, root.layout) }];
    });
    return [...directories, ...this.#links];
  }

  #scanRoot(root: RunRoot, found: { files: Map<string, FoundFile>; roles: Set<string> }): void {
    if (!this.#isPlainOrTold(root.directory, { path: root.prefix || './' })) return;
    const { layout } = root;
    if (layout === 'factory' && isThere(root)) this.#addDatabase(root, found.files);
    this.#walk({ directory: root.directory, path: '' }, ({ absolute, path, kind }) => {
      if (kind === 'directory') {
        const role = path.includes('/') || path.startsWith('.') ? undefined : roleIn(`${path}/`, layout);
        if (role !== undefined) found.roles.add(role);
        return;
      }
      const classified = classify(path, this.adwId, layout);
      if (kind.startsWith('unnamed')) {
        const isDirectory = kind !== 'unnamed';
        if (!isDirectory && !classified) return;
        const role = roleIn(isDirectory ? `${path}/` : path, layout);
        this.#links.push({ path: root.prefix + path, absolute, code: 'EILSEQ', role });
        return;
      }
      if (kind === 'link') {
        const isDirectory = statIfAny(absolute)?.isDirectory() ?? false;
        const where = root.prefix + path;
        const isNothing = classified === undefined || classified.kind === 'other';
        if (isDirectory ? !leadsOut(absolute, root.directory) : isNothing) return;
        const role = roleIn(isDirectory ? `${path}/` : path, layout);
        this.#links.push({ path: isDirectory ? `${where}/` : where, absolute, code: 'ELOOP', role });
      } else if (classified) {
        found.files.set(absolute, { ...classified, absolute, path: root.prefix + path });
      }
    });
  }

  /** It need not be there: its reader looks for it whenever files are polled. */
  #addDatabase({ directory, prefix, worktree }: RunRoot, files: Map<string, FoundFile>): void {
    const absolute = databaseBeside(dirname(directory));
    const path = relative(worktree ?? this.repository, absolute)
      .split(sep)
      .join('/');
    files.set(absolute, { kind: 'database', absolute, path: (worktree ? prefix : '') + path, role: undefined });
  }

  #scanSpecs({ directory, prefix }: Root, files: Map<string, FoundFile>): void {
    if (!this.#isPlainOrTold(directory, { path: prefix, isSpecs: true })) return;
    this.#walk({ directory, path: '' }, ({ absolute, path, kind }) => {
      if (kind !== 'file' || !isSpecName(path.slice(path.lastIndexOf('/') + 1), this.adwId)) return;
      files.set(absolute, { kind: 'spec', absolute, path: prefix + path, role: undefined });
    });
  }

  /** Whether no link lies in the place of a directory or above it; one that leads to a directory is told. */
  #isPlainOrTold(directory: string, told: Pick<Unreadable, 'path' | 'isSpecs'>): boolean {
    if (isPlain(directory)) return true;
    if (statIfAny(directory)?.isDirectory())
      this.#links.push({ ...told, absolute: directory, code: 'ELOOP', role: undefined });
    return false;
  }

  /** `specs/` and `<any>/specs/` of the repository and of the worktrees. */
  #specDirectories(): Root[] {
    const bases = [{ directory: this.repository, prefix: '' }, ...this.#worktrees];
    return bases
      .filter(({ directory }) => isPlain(directory))
      .flatMap(({ directory: base, prefix }) => {
        const nested = this.#lister
          .list(base)
          .filter(entry => entry.isDirectory() && !/^(?:\..*|node_modules|agents|trees|specs)$/.test(entry.name))
          .map(entry => ({ directory: join(base, entry.name, 'specs'), prefix: `${prefix}${entry.name}/specs/` }));
        return [{ directory: join(base, 'specs'), prefix: `${prefix}specs/` }, ...nested];
      });
  }

  /**
   * The file that the state names as the plan. The state is untrusted: only markdown inside the repository or the
   * worktree is taken, and nothing behind a link. An absolute path of another machine is tried by its part from `specs/` on.
   */
  #plan({ planFile, worktreePath }: PlanHint): FoundFile | undefined {
    if (!planFile?.endsWith('.md') || planFile.length > PATH_LENGTH_MAX) return undefined;
    const tail = planFile.replaceAll('\\', '/').match(/(?:^|\/)((?:[^/]+\/)?specs\/.+)$/)?.[1];
    const worktrees = this.#worktrees.map(({ directory }) => directory);
    const bases = [worktreePath, ...worktrees, this.repository].filter(base => base !== undefined);
    const names = [planFile, ...(tail === undefined ? [] : [tail])];
    for (const base of bases) {
      for (const name of names) {
        const found = this.#planAt(isAbsolute(name) ? name : resolve(base, name));
        if (found) return found;
      }
    }
    return undefined;
  }

  #planAt(absolute: string): FoundFile | undefined {
    if (!isInside(absolute, this.repository) || !isPlain(absolute) || !lstatIfAny(absolute)?.isFile()) return undefined;
    const path = relative(this.repository, absolute).split(sep).join('/');
    return { kind: 'spec', absolute, path, role: undefined };
  }

  #walk({ directory, path }: Place, visit: (entry: Entry) => void, depth = 0): void {
    for (const entry of this.#lister.list(directory)) {
      // Not node:path's join and relative: a scan of a thousand directories would mostly be those.
      const absolute = directory + sep + entry.name;
      const below = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.name.includes(REPLACEMENT) && lstatIfAny(absolute) === undefined) {
        visit({ absolute, path: below, kind: entry.isDirectory() ? 'unnamed directory' : 'unnamed' });
      } else if (entry.isDirectory()) {
        visit({ absolute, path: below, kind: 'directory' });
        if (depth < DEPTH_MAX) this.#walk({ directory: absolute, path: below }, visit, depth + 1);
      } else if (entry.isFile() || entry.isSymbolicLink()) {
        visit({ absolute, path: below, kind: entry.isFile() ? 'file' : 'link' });
      }
    }
  }
}

/** A directory on a walk. */
interface Place {
  readonly directory: string;
  /** Below the root, forward slashes; empty for the root itself. */
  readonly path: string;
}

/** What a walk came to. */
interface Entry {
  readonly absolute: string;
  /** Below the root, forward slashes. */
  readonly path: string;
  /** Unnamed: its name is no UTF-8, so that it cannot be opened by it. */
  readonly kind: 'file' | 'directory' | 'link' | 'unnamed' | 'unnamed directory';
}

/** Whether what a link leads to lies elsewhere than in the tree, where it has a name of its own. */
function leadsOut(link: string, root: string): boolean {
  const target = realpathIfAny(link);
  return target !== undefined && target !== root && !isInside(target, root);
}

/** Whether nothing on the way to a path is a link, as far as there is something. */
function isPlain(absolute: string): boolean {
  const real = realpathIfAny(absolute);
  if (real !== undefined) return real === absolute;
  // Of what is not there yet, or must not be searched, what lies above it tells; a link that leads nowhere is no way either.
  return !lstatIfAny(absolute)?.isSymbolicLink() && (absolute === dirname(absolute) || isPlain(dirname(absolute)));
}

function isThere({ directory }: Root): boolean {
  return lstatIfAny(directory)?.isDirectory() ?? false;
}

function isInside(path: string, directory: string): boolean {
  return path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

function realpathIfAny(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** Canonical names first, so that a renamed file finds the generation that its old path has now already settled. */
function canonicalFirst(files: readonly FoundFile[]): FoundFile[] {
  const isCanonical = ({ path }: FoundFile) => CANONICAL.test(path);
  return [...files.filter(isCanonical), ...files.filter(file => !isCanonical(file))];
}
