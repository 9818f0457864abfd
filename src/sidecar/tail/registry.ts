import type { Position } from '../../event/position.ts';
import { nthFingerprint } from './fingerprint.ts';
import { isNamed, Positions } from './positions.ts';

/** What a reader of the file at hand can say about a position. */
export interface GenerationProbe {
  /** Whether the file, as it is now, can be the one that a position describes. */
  matches(next: number, tailSha256: string): boolean;
  /** Whether the log has shown that what it holds under this name is not this file, whatever its last bytes are. */
  isRefuted?(path: string, fingerprint: string): boolean;
  /** Whether another file of the path, of which nothing may have been read yet, goes by this name. */
  isTaken?(fingerprint: string): boolean;
}

/** What {@link GenerationRegistry.resolve} makes of a file. */
export interface ResolvedGeneration {
  /** The fingerprint, with `~n` where an earlier generation of the path began with the same line. */
  readonly fingerprint: string;
  readonly attempt: number;
  readonly reason: 'new' | 'rewritten';
}

/**
 * Every file generation known of one ADW, by path: what the log (or the checkpoint) holds of it. It answers which
 * generation a file on disk is, and where to go on in it.
 */
export class GenerationRegistry {
  readonly #positions = new Positions();
  /** The highest attempt ever seen of each path. */
  readonly #attempts = new Map<string, number>();
  #isReady = false;
  /** Generations of a path that were gone before anything of them was read; they count as attempts all the same. */
  readonly #missed = new Map<string, number>();

  /** Whether it is known where the log stands; before that, arrivals are written down and nothing is read. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Forgets all positions and takes over what the log says. Attempts go on counting. */
  replace(positions: Iterable<Position>): void {
    this.#isReady = true;
    this.#positions.clear();
    for (const position of positions) this.set(position);
  }

  /** Notes where a generation stands: read so far, or as the log says. */
  set(position: Position): void {
    this.#positions.set(position);
    this.countAttempt(position.path, position.attempt);
  }

  /** Notes that `path` has had an attempt of this number. */
  countAttempt(path: string, attempt: number): void {
    this.#attempts.set(path, Math.max(attempt, this.#attempts.get(path) ?? 0));
  }

  /** Notes that a generation of `path` was gone before anything of it was read. */
  countMissed(path: string): void {
    this.#missed.set(path, (this.#missed.get(path) ?? 0) + 1);
  }

  /** What is known of one generation. */
  get(path: string, fingerprint: string): Position | undefined {
    return this.#positions.get(path, fingerprint);
  }

  /** The newest generation known of a path. */
  newest(path: string): Position | undefined {
    return this.#positions
      .ofPath(path)
      .reduce<Position | undefined>((best, one) => (best && best.attempt > one.attempt ? best : one), undefined);
  }

  /** Known generations of any path whose first line has this fingerprint, newest attempt first. */
  withFingerprint(fingerprint: string): Position[] {
    return this.#positions.ofFirstLine(fingerprint).sort((a, b) => b.attempt - a.attempt);
  }

  /**
   * Of the known generations of `path` that begin with this line, the one of which the probed file holds most: one that was rewritten may
   * also hold all of a shorter one before. Undefined where it holds none of them.
   */
  known(path: string, fingerprint: string, probe: GenerationProbe): Position | undefined {
    return this.#positions
      .ofPath(path)
      .filter(position => isNamed(position, fingerprint))
      .sort((a, b) => b.next - a.next || b.attempt - a.attempt)
      .find(
        position =>
          !probe.isTaken?.(position.fingerprint) &&
          !probe.isRefuted?.(path, position.fingerprint) &&
          probe.matches(position.next, position.tail_sha256),
      );
  }

  /**
   * Which generation of `path` the probed file is; a new one gets the next attempt. A known one is only believed when the bytes before its position are
   * on disk; otherwise the file was rewritten with the same first line and gets the next free `~n`.
   */
  resolve(path: string, fingerprint: string, probe: GenerationProbe): ResolvedGeneration {
    const known = this.known(path, fingerprint, probe);
    const attempt = known?.attempt ?? this.#newAttempt(path);
    const name = known?.fingerprint ?? this.#freeName(path, fingerprint, probe);
    return { fingerprint: name, attempt, reason: attempt === 1 ? 'new' : 'rewritten' };
  }

  #newAttempt(path: string): number {
    const attempt = (this.#attempts.get(path) ?? 0) + (this.#missed.get(path) ?? 0) + 1;
    this.#missed.delete(path);
    this.countAttempt(path, attempt);
    return attempt;
  }

  #freeName(path: string, fingerprint: string, probe: GenerationProbe): string {
    for (let n = 1; ; n++) {
      const name = nthFingerprint(fingerprint, n);
      if (this.#positions.get(path, name) === undefined && !probe.isTaken?.(name)) return name;
    }
  }
}
