import type { Logger } from '../../base/log.ts';
import type { Position, RefusedUnit } from '../../event/position.ts';
import type { TailedGeneration } from './tailed-generation.ts';

/**
 * Positions of the log that cannot be those of the file at hand, though path and first line are the same: another host's file
 * under the same id, or a position that a client made up. What lies on disk is then delivered as an attempt of its own;
 * that is told once for each of them.
 */
export class DisputedPositions {
  readonly #told = new Set<string>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** How many there were. */
  get count(): number {
    return this.#told.size;
  }

  /** @param sizeBytes the size of the file at hand */
  tell({ path, fingerprint, next }: Position, sizeBytes: number): void {
    const key = `${path} ${fingerprint}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    const what =
      next > sizeBytes
        ? `the log claims ${next} bytes of it, and it has ${sizeBytes}`
        : `the log holds other bytes than it has (${next} of them)`;
    this.#log.report('position_disputed', { path, what });
  }
}

/** Whether a position of the log can be that of one of `files`, by the bytes before it. */
export function isOnDisk(
  { path, fingerprint, next, tail_sha256 }: Position,
  files: Iterable<{ readonly generations: readonly TailedGeneration[] }>,
): boolean {
  for (const { generations } of files) {
    for (const { identity, reader } of generations) {
      if (identity?.path !== path || identity.fingerprint !== fingerprint) continue;
      return reader.matches(next, tail_sha256);
    }
  }
  return true;
}

/** What the log holds of one generation, among what it says of several. */
export function heldOf(
  held: readonly RefusedUnit[],
  identity: { readonly path: string; readonly fingerprint: string } | undefined,
): RefusedUnit['held'] {
  const { path, fingerprint } = identity ?? {};
  return held.filter(unit => unit.path === path && unit.fingerprint === fingerprint).flatMap(unit => unit.held);
}
