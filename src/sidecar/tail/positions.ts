import type { Position } from '../../event/position.ts';

/** Where file generations stand, by path and fingerprint. */
export class Positions {
  readonly #byPath = new Map<string, Map<string, Position>>();

  /** Notes where a generation stands. */
  set(position: Position): void {
    const known = this.#byPath.get(position.path);
    if (known) known.set(position.fingerprint, position);
    else this.#byPath.set(position.path, new Map([[position.fingerprint, position]]));
  }

  /** Where one generation stands. */
  get(path: string, fingerprint: string): Position | undefined {
    return this.#byPath.get(path)?.get(fingerprint);
  }

  /** The generations of one path, in the order in which they were first noted. */
  *ofPath(path: string): Iterable<Position> {
    yield* this.#byPath.get(path)?.values() ?? [];
  }

  /** All generations. */
  all(): Position[] {
    return [...this.#byPath.values()].flatMap(known => [...known.values()]);
  }

  /** Forgets all. */
  clear(): void {
    this.#byPath.clear();
  }
}
