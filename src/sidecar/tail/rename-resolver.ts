import type { Position } from '../../event/position.ts';
import type { GenerationReader } from './generation-reader.ts';
import type { ArrivalJournal } from './journal.ts';
import type { GenerationRegistry } from './registry.ts';
import type { TailedFile } from './tailed-file.ts';
import type { Identity, TailedGeneration } from './tailed-generation.ts';

/** What {@link RenameResolver} takes. */
export interface RenameResolverOptions {
  readonly registry: GenerationRegistry;
  readonly journal: ArrivalJournal;
  /** All files of the ADW that hold lines. */
  readonly files: () => Iterable<TailedFile>;
}

/** Finds out what became, while no watch ran, of generations that the log or the journal knows. */
export class RenameResolver {
  readonly #options: RenameResolverOptions;

  constructor(options: RenameResolverOptions) {
    this.#options = options;
  }

  /** The generation that was renamed to `path`: the log knows it under another one, where it no longer lies. */
  renamedFrom(
    path: string,
    { fingerprint, reader }: { fingerprint: string; reader: GenerationReader },
  ): Identity | undefined {
    for (const position of this.#options.registry.withFingerprint(fingerprint)) {
      if (position.path === path || reader.isRefuted(position.path, position.fingerprint)) continue;
      if (!reader.matches(position.next, position.tail_sha256)) continue;
      const elsewhere = this.#generations().some(
        ({ identity }) => identity?.path === position.path && identity.fingerprint === position.fingerprint,
      );
      if (elsewhere || this.#liesAt(position)) continue;
      const { attempt } = position;
      return {
        path: position.path,
        fingerprint: position.fingerprint,
        attempt,
        reason: attempt === 1 ? 'new' : 'rewritten',
      };
    }
    return undefined;
  }

  /** Bytes that the journal saw of a path's newest generation beyond its position, unless its file is still somewhere. */
  unreadOf(path: string): number {
    const { registry, journal } = this.#options;
    const newest = registry.newest(path);
    if (newest === undefined) return 0;
    const unread = journal.sizeSeen(path, newest.fingerprint) - newest.next;
    if (unread <= 0) return 0;
    const [fingerprint] = newest.fingerprint.split('~');
    const isThere = this.#generations().some(
      ({ identity, reader }) =>
        identity?.fingerprint === newest.fingerprint || (!identity && reader.fingerprint() === fingerprint),
    );
    return isThere ? 0 : unread;
  }

  /** Whether a generation is still where it was. Another file may lie there by now that begins with the same line, or with all of it. */
  #liesAt({ path, fingerprint }: Position): boolean {
    const reader = [...this.#options.files()].find(candidate => candidate.path === path)?.current?.reader;
    const firstLine = reader?.fingerprint();
    if (reader === undefined || firstLine === undefined || firstLine !== fingerprint.split('~')[0]) return false;
    return this.#options.registry.known(path, firstLine, reader)?.fingerprint === fingerprint;
  }

  #generations(): TailedGeneration[] {
    return [...this.#options.files()].flatMap(file => file.generations);
  }
}
