import { type Dirent, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { statIfAny } from '../../base/stat.ts';
import type { FoundFile } from '../flow.ts';
import { classify, isSpecName } from './classify.ts';
import { type Directories, DirectoryLister } from './listing.ts';

/** Levels below a root that are searched; real trees use four. */
const DEPTH_MAX = 8;
/** What Claude Code's output is called while it is written; other streams are earlier ones that were renamed. */
const CANONICAL = /(?:^|\/)(?:cc_)?raw_output\.jsonl$/;

/** What one look at the tree found. */
export interface Scan {
  /** Files that are something to us; canonical stream names before others, each in the order of their directories. */
  readonly files: readonly FoundFile[];
  /** Role directories, by name, including those that hold nothing yet. */
  readonly roles: readonly string[];
  /** Every directory it went through, and those in which a missing one would appear. */
  readonly directories: Directories;
  /** Directories of the ADW that may not be read: paths as events name them, and the system's code. */
  readonly unreadable: readonly Unreadable[];
  /** The file that the state names as the plan. */
  readonly planned: FoundFile | undefined;
}

/** Something that is there and may not be read. */
export interface Unreadable {
  readonly path: string;
  readonly absolute: string;
  readonly code: string;
}

/** What `adw_state.json` says about where the plan is. */
export interface PlanHint {
  readonly planFile: string | undefined;
  readonly worktreePath: string | undefined;
}

/**
 * The places where one ADW leaves files: `agents/<id>`, the same below `trees/<id>`, and plan specs beside them.
 * A look is cheap and is the truth; file system events only say when to look.
 */
export class AdwTree {
  readonly adwId: string;
  /** `agents/<id>`; may not exist yet. */
  readonly root: string;
  /** `trees/<id>`, where isolated workflows run. */
  readonly worktree: string;
  /** The directory that holds `agents/`. */
  readonly repository: string;
  readonly #lister = new DirectoryLister();
  #last: Scan | undefined;
  /** Whether the last look came by symbolic links. */
  #hasLinks = false;

  /** @param agentsDir absolute and without symbolic links */
  constructor({ adwId, agentsDir }: { adwId: string; agentsDir: string }) {
    this.adwId = adwId;
    this.root = join(agentsDir, adwId);
    this.repository = dirname(agentsDir);
    this.worktree = join(this.repository, 'trees', adwId);
  }

  /** Whether the ADW has left anything yet. */
  exists(): boolean {
    return statIfAny(this.root)?.isDirectory() ?? false;
  }

  /**
   * Looks at everything. Never throws: what vanishes is simply not there.
   * @returns the same object as before where nothing has changed
   */
  scan(plan?: PlanHint): Scan {
    const planned = plan && this.#plan(plan);
    const last = this.#last;
    if (last && !this.#hasLinks && last.planned?.absolute === planned?.absolute && this.#lister.isUnchanged())
      return last;
    this.#last = this.#walkAll(planned);
    return this.#last;
  }

  #walkAll(planned: FoundFile | undefined): Scan {
    const files = new Map<string, FoundFile>();
    const roles = new Set<string>();
    const worktreeRoot = join(this.worktree, 'agents', this.adwId);
    this.#hasLinks = false;
    this.#lister.begin();
    this.#scanRoot(this.root, '', { files, roles });
    this.#scanRoot(worktreeRoot, `trees/${this.adwId}/`, { files, roles });
    for (const root of [this.root, worktreeRoot]) this.#listNearest(root);
    for (const directory of this.#specDirectories()) this.#scanSpecs(directory, files);
    if (planned) files.set(planned.absolute, planned);
    return {
      files: canonicalFirst([...files.values()]),
      roles: [...roles].sort(),
      directories: this.#lister.directories,
      unreadable: this.#unreadable(),
      planned,
    };
  }

  /** Goes through the nearest directory above a missing one: it is where the missing one will appear. */
  #listNearest(directory: string): void {
    let nearest = directory;
    while (nearest !== dirname(nearest) && !statIfAny(nearest)) nearest = dirname(nearest);
    if (nearest !== directory) this.#lister.list(nearest);
  }

  /** Directories that were looked at just now; those of `specs/` are not the ADW's own. */
  #unreadable(): Unreadable[] {
    const worktree = join(this.worktree, 'agents', this.adwId);
    const roots = [
      { root: this.root, prefix: '' },
      { root: worktree, prefix: `trees/${this.adwId}/` },
    ];
    return [...this.#lister.unreadable].flatMap(([absolute, code]) => {
      const within = roots.find(({ root }) => absolute === root || isInside(absolute, root));
      if (within === undefined) return [];
      const path = within.prefix + relative(within.root, absolute).split(sep).join('/');
      return [{ path: `${path}/`.replace(/\/+$/, '/'), absolute, code }];
    });
  }

  #scanRoot(root: string, prefix: string, found: { files: Map<string, FoundFile>; roles: Set<string> }): void {
    this.#walk({ root, directory: root, path: '' }, ({ absolute, path, isDirectory }) => {
      if (isDirectory) {
        if (!path.includes('/') && !path.startsWith('.')) found.roles.add(path);
        return;
      }
      const classified = classify(path, this.adwId);
      if (classified) found.files.set(absolute, { ...classified, absolute, path: prefix + path });
    });
  }

  #scanSpecs({ path: directory, prefix }: { path: string; prefix: string }, files: Map<string, FoundFile>): void {
    this.#walk({ root: directory, directory, path: '' }, ({ absolute, path, isDirectory }) => {
      if (isDirectory || !isSpecName(path.slice(path.lastIndexOf('/') + 1), this.adwId)) return;
      files.set(absolute, { kind: 'spec', absolute, path: prefix + path, role: undefined });
    });
  }

  /** `specs/` and `<any>/specs/` of the repository and of the worktree. */
  #specDirectories(): { path: string; prefix: string }[] {
    const bases = [
      { base: this.repository, prefix: '' },
      { base: this.worktree, prefix: `trees/${this.adwId}/` },
    ];
    return bases.flatMap(({ base, prefix }) => {
      const nested = this.#lister
        .list(base)
        .filter(entry => entry.isDirectory() && !/^(?:\..*|node_modules|agents|trees|specs)$/.test(entry.name))
        .map(entry => ({ path: join(base, entry.name, 'specs'), prefix: `${prefix}${entry.name}/specs/` }));
      return [{ path: join(base, 'specs'), prefix: `${prefix}specs/` }, ...nested];
    });
  }

  /**
   * The file that the state names as the plan. The state is untrusted: only markdown inside the repository or the
   * worktree is taken. An absolute path of another machine is tried by its part from `specs/` on.
   */
  #plan({ planFile, worktreePath }: PlanHint): FoundFile | undefined {
    if (!planFile?.endsWith('.md')) return undefined;
    const tail = planFile.replaceAll('\\', '/').match(/(?:^|\/)((?:[^/]+\/)?specs\/.+)$/)?.[1];
    const bases = [worktreePath, this.worktree, this.repository].filter(base => base !== undefined);
    const names = [planFile, ...(tail === undefined ? [] : [tail])];
    for (const base of bases) {
      for (const name of names) {
        const found = this.#planAt(isAbsolute(name) ? name : resolve(base, name));
        if (found) return found;
      }
    }
    return undefined;
  }

  #planAt(candidate: string): FoundFile | undefined {
    const absolute = realpathIfAny(candidate);
    if (absolute === undefined || !statIfAny(absolute)?.isFile()) return undefined;
    const repository = realpathIfAny(this.repository);
    if (repository === undefined || !isInside(absolute, repository)) return undefined;
    const path = relative(repository, absolute).split(sep).join('/');
    return { kind: 'spec', absolute: join(this.repository, path), path, role: undefined };
  }

  #walk({ root, directory, path }: Place, visit: (entry: Entry) => void, depth = 0): void {
    for (const entry of this.#lister.list(directory)) {
      // Not node:path's join and relative: a look at a thousand directories would mostly be those.
      const absolute = directory + sep + entry.name;
      const below = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) {
        visit({ absolute, path: below, isDirectory: true });
        if (depth < DEPTH_MAX) this.#walk({ root, directory: absolute, path: below }, visit, depth + 1);
      } else {
        this.#hasLinks ||= entry.isSymbolicLink();
        if (entry.isFile() || isLinkInside(entry, absolute, root)) visit({ absolute, path: below, isDirectory: false });
      }
    }
  }
}

/** A directory on a walk. */
interface Place {
  readonly root: string;
  readonly directory: string;
  /** Below the root, forward slashes; empty for the root itself. */
  readonly path: string;
}

/** What a walk came to. */
interface Entry {
  readonly absolute: string;
  /** Below the root, forward slashes. */
  readonly path: string;
  readonly isDirectory: boolean;
}

/** A symbolic link counts only when it leads to a file inside the root: a link must not make us read the rest of the disk. */
function isLinkInside(entry: Dirent, absolute: string, root: string): boolean {
  if (!entry.isSymbolicLink()) return false;
  const target = realpathIfAny(absolute);
  const realRoot = realpathIfAny(root);
  if (target === undefined || realRoot === undefined || !isInside(target, realRoot)) return false;
  return statIfAny(target)?.isFile() ?? false;
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
