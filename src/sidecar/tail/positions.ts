import type { Position } from '../../event/position.ts';

/** Where file generations stand, by path and fingerprint. */
export class Positions {
  /** Most paths have one generation: a list of it takes a sixth of a map's memory. */
  readonly #byPath = new Map<string, Position[]>();

  /** Notes where a generation stands. */
  set(position: Position): void {
    const known = this.#byPath.get(position.path);
    const at = known?.findIndex(({ fingerprint }) => fingerprint === position.fingerprint) ?? -1;
    if (known === undefined) this.#byPath.set(position.path, [position]);
    else if (at < 0) known.push(position);
    else known[at] = position;
  }

  /** Where one generation stands. */
  get(path: string, fingerprint: string): Position | undefined {
    return this.#byPath.get(path)?.find(position => position.fingerprint === fingerprint);
  }

  /** The generations of one path, in the order in which they were first noted. */
  ofPath(path: string): readonly Position[] {
    return this.#byPath.get(path) ?? [];
  }

  /** Those of any path whose first line has this fingerprint. Asked for each file, of all files: no list of all is made for it. */
  ofFirstLine(fingerprint: string): Position[] {
    const found: Position[] = [];
    for (const positions of this.#byPath.values())
      for (const position of positions) if (isNamed(position, fingerprint)) found.push(position);
    return found;
  }

  /** All generations. */
  all(): Position[] {
    return [...this.#byPath.values()].flat();
  }

  /** Forgets all. */
  clear(): void {
    this.#byPath.clear();
  }
}

/** Whether a generation begins with the line of this fingerprint. */
export function isNamed(position: Position, fingerprint: string): boolean {
  return position.fingerprint === fingerprint || position.fingerprint.startsWith(`${fingerprint}~`);
}
