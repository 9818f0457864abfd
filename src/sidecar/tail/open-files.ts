import { descriptorsMax } from '../../base/descriptors.ts';
import { systemCode } from '../../base/errors.ts';

/** Watched files that are open at once in any case. */
const OPEN_FILES_MIN = 16;
/** What is left for the server's connections, directories and the sidecar's own files: half of what the process may have. */
const SHARE = 0.5;

/** Something that holds a descriptor, and can open its file again. */
export interface Closable {
  /** Whether its file cannot be opened again: it was renamed or unlinked. */
  readonly isLastOfFile: boolean;
  /** Gives the descriptor back. */
  release(): void;
}

/**
 * The watched files that are open in this process, of all its ADWs. Where there are more than the process may hold, the
 * one that was opened longest ago is closed for the next, and opened again when it is read: a sidecar without a descriptor for its
 * connection would deliver nothing at all.
 */
class OpenFiles {
  readonly #open = new Set<Closable>();
  #max: number;
  /** Whether files were closed for others, and whether that was asked for. */
  #shortage: 'none' | 'new' | 'told' = 'none';

  constructor(max: number) {
    this.#max = max;
  }

  /** Opens a file for `owner`, once there is room for it. @throws what `open` does */
  add<Opened>(owner: Closable, open: () => Opened): Opened {
    this.#makeRoom();
    let opened: Opened;
    try {
      opened = open();
    } catch (error) {
      const code = systemCode(error);
      if (code !== 'EMFILE' && code !== 'ENFILE') throw error;
      // Others of this process, or of this machine, took more than their half.
      this.#max = Math.max(OPEN_FILES_MIN, Math.floor(this.#open.size * SHARE));
      this.#makeRoom();
      opened = open();
    }
    this.#open.add(owner);
    return opened;
  }

  /** A file was closed. */
  delete(owner: Closable): void {
    this.#open.delete(owner);
  }

  /** Whether a file was closed for another; true once. */
  takeShortage(): boolean {
    const isNew = this.#shortage === 'new';
    if (isNew) this.#shortage = 'told';
    return isNew;
  }

  #makeRoom(): void {
    for (const owner of this.#open) {
      if (this.#open.size < this.#max) return;
      if (owner.isLastOfFile) continue;
      owner.release();
      if (this.#shortage === 'none') this.#shortage = 'new';
    }
  }
}

/** Those of this process. */
export const openFiles = new OpenFiles(Math.max(OPEN_FILES_MIN, Math.floor(descriptorsMax() * SHARE)));
