import { lstatSync, type Stats } from 'node:fs';
import { agoMs } from '../../base/clock.ts';
import { systemCode } from '../../base/errors.ts';
import type { HeldRanges, RefusedUnit } from '../../event/position.ts';
import type { FoundFile, ReadLines } from '../flow.ts';
import { heldOf } from './disputed.ts';
import { doubtTouched, goOn, identify } from './generation-identity.ts';
import { FOLLOWED_WINDOW_BYTES, GenerationReader } from './generation-reader.ts';
import { HeldProof } from './held-proof.ts';
import type { LineBatch } from './line-batch.ts';
import type { FileId } from './open-watched.ts';
import {
  cluesOf,
  type FileGeneration,
  roleOf,
  startOf,
  type TailContext,
  type TailedGeneration,
} from './tailed-generation.ts';

/** A last line without newline is taken for complete after this much quiet, if it is a whole value. ms */
export const HELD_QUIET_MS = 1_000;
/** A generation whose name leads elsewhere is given up after this much quiet: no program writes to it any more. ms */
export const DETACHED_QUIET_MS = 60_000;

/**
 * One path of the tree, and the generations that lie or lay there: the current one, and those whose name was taken away
 * while something of them was still unread.
 */
export class TailedFile {
  readonly path: string;
  readonly kind: 'stream' | 'log';
  readonly role: string;
  readonly absolute: string;
  readonly #context: TailContext;
  #generations: TailedGeneration[] = [];
  #lost = 0;

  constructor(found: FoundFile, context: TailContext) {
    this.path = found.path;
    this.kind = found.kind === 'log' ? 'log' : 'stream';
    this.role = roleOf(found);
    this.absolute = found.absolute;
    this.#context = context;
  }

  /** Oldest first. */
  get generations(): readonly TailedGeneration[] {
    return this.#generations;
  }

  /** The generation that the path leads to now. */
  get current(): TailedGeneration | undefined {
    return this.#generations.find(({ detached }) => !detached);
  }

  /** Whether something may be there to read. */
  get isDirty(): boolean {
    for (const { dirty } of this.#generations) if (dirty) return true;
    return false;
  }

  /** Whether a turn did not suffice: what is to be read has to be searched, or compared, further. */
  get isBusy(): boolean {
    for (const { proof, isSearching } of this.#generations) if (isSearching || proof?.ranges) return true;
    return false;
  }

  /** What the log holds of a generation that was asked for; undefined where it does not tell. */
  takeHeld({ path, fingerprint }: FileGeneration, held: HeldRanges | undefined): void {
    for (const { proof } of this.#generations) {
      if (proof?.path === path && proof.fingerprint === fingerprint) proof.ranges = new HeldProof(held);
    }
  }

  /** When it was last written to, by the file system's account, ms. */
  get writtenAt(): number {
    let last = 0;
    for (const { mtimeMs } of this.#generations) last = Math.max(last, mtimeMs);
    return last;
  }

  /**
   * Stats the path: notices growth, another file, or none, and writes arrivals down.
   * @param watched whether what has come since the last poll came while this process watched
   */
  poll(now: number, watched = true): void {
    const there = this.#stat();
    const { current } = this;
    if (current && there && !(there.stats && isSame(current.reader, there.stats))) detach(current);
    if (there?.stats?.isFile() && !this.current && !this.#attach(there.stats)) this.#open(now, there.stats);
    for (const generation of [...this.#generations]) {
      const own = there?.stats && isSame(generation.reader, there.stats) ? there.stats : undefined;
      this.#try(generation, now, () => this.#pollGeneration(generation, { now, watched, stats: own }));
    }
  }

  /** The next lines that were not parsed yet, of the oldest generation that has some. */
  read(now: number): ReadLines | undefined {
    for (const generation of [...this.#generations]) {
      if (!generation.dirty) continue;
      const lines = this.#try(generation, now, () => this.#readFrom(generation, now));
      if (lines) return lines;
    }
    return undefined;
  }

  /**
   * Goes back to where the log stands, by the registry: everything after it will be read again.
   * @param held what the log holds of generations that it refused: one whose bytes are others is not ours
   * @param isNewLog whether it is another log than the one that was read for
   */
  resync(now: number, held: readonly RefusedUnit[], isNewLog: boolean): void {
    for (const generation of [...this.#generations]) {
      const { identity, reader } = generation;
      if (isNewLog) reader.provenTo = 0;
      generation.fold = undefined;
      generation.proof = undefined;
      generation.dirty = true;
      // What cannot be read just now is recognised once it can.
      generation.identity = undefined;
      if (!identity) continue;
      this.#try(generation, now, () => {
        const position = this.#context.registry.get(identity.path, identity.fingerprint);
        if (!heldOf(held, identity).every(range => reader.holds(range))) {
          reader.refute(identity.path, identity.fingerprint);
          return;
        }
        if (position && !(position.next <= reader.provenTo && reader.matches(position.next, position.tail_sha256)))
          return;
        goOn(generation, identity, this.#context);
      });
    }
  }

  /** Gives the descriptors back. */
  close(): void {
    for (const { reader } of this.#generations) reader.release();
  }

  /** What lies at the path, if anything; undefined where that cannot be told: then what is open is followed on. */
  #stat(): { readonly stats: Stats | undefined } | undefined {
    try {
      return { stats: lstatSync(this.absolute, { throwIfNoEntry: false }) };
    } catch (error) {
      const code = systemCode(error);
      if (code === 'ENOTDIR') return { stats: undefined };
      if (code !== undefined) this.#context.onUnreadable(code);
      return undefined;
    }
  }

  /**
   * One file that cannot be read for a moment (EIO or ESTALE of a mount, no descriptors left) must not end the watch: it is
   * tried again at the next poll. A replay goes on without it.
   */
  #try<Result>(generation: TailedGeneration, now: number, attempt: () => Result): Result | undefined {
    try {
      return attempt();
    } catch (error) {
      const code = systemCode(error);
      if (code === undefined || code.startsWith('ERR_')) throw error;
      if (code !== 'ENOENT') this.#context.onUnreadable(code);
      generation.dirty = this.#context.follow;
      if (!this.#context.follow) return undefined;
      // The descriptor of a mount's file that another has replaced never works again.
      if (code === 'ESTALE' && !generation.detached) generation.reader.release();
      if (generation.detached && agoMs(generation.grewAt, now) > DETACHED_QUIET_MS) this.#lose(generation);
      return undefined;
    }
  }

  /** The file that was renamed away, and is still read, has its name back. @returns whether it is that one */
  #attach(stats: Stats): boolean {
    const back = this.#generations.find(({ reader }) => reader.isOpen && isSame(reader, stats));
    if (back === undefined) return false;
    back.detached = false;
    back.reader.isLastOfFile = false;
    return true;
  }

  /** @param expected the file that a poll found at the path just now */
  #open(now: number, expected?: FileId): void {
    const opened = this.#opened(expected);
    if (opened === undefined) return;
    this.#generations.push({
      reader: opened,
      identity: undefined,
      untold: 0,
      isDoubted: false,
      lostBytes: this.#takeLost(),
      detached: false,
      grewAt: now,
      size: 0,
      mtimeMs: 0,
      arrivedAs: undefined,
      dirty: true,
      heldSize: -1,
      fold: undefined,
      proof: undefined,
      isSearching: false,
    });
  }

  #opened(expected: FileId | undefined): GenerationReader | undefined {
    try {
      return new GenerationReader(this.absolute, expected, this.#context.follow ? FOLLOWED_WINDOW_BYTES : undefined);
    } catch (error) {
      const code = systemCode(error);
      // One that vanished between the stat and the open is no matter: the next poll tells.
      if (code !== undefined && code !== 'ENOENT') this.#context.onUnreadable(code);
      return undefined;
    }
  }

  #takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  /** @param poll.stats what the path's stat said, where it leads to this generation: it needs no second one */
  #pollGeneration(
    generation: TailedGeneration,
    { now, watched, stats }: { now: number; watched: boolean; stats: Stats | undefined },
  ): void {
    const { reader } = generation;
    if (!reader.isOpen && generation.detached) {
      this.#end(generation);
      return;
    }
    const { size, mtimeMs } = stats ?? reader.stat();
    if (size !== generation.size || mtimeMs !== generation.mtimeMs) {
      if (size < generation.size || !reader.isIntact(size)) {
        this.#rewritten(generation, now);
        return;
      }
      if (size > generation.size) generation.grewAt = now;
      Object.assign(generation, { size, mtimeMs, dirty: true });
      this.#arrived(generation, watched ? now : undefined);
    } else doubtTouched(generation, { size, mtimeMs }, this.#context);
    if (generation.detached && !generation.dirty && agoMs(generation.grewAt, now) > DETACHED_QUIET_MS)
      this.#end(generation);
  }

  #arrived(generation: TailedGeneration, ms: number | undefined): void {
    const { identity, reader } = generation;
    if (!this.#context.follow) return;
    const fingerprint = this.#identify(generation, false) ? generation.identity?.fingerprint : reader.fingerprint();
    if (fingerprint === undefined) return;
    generation.arrivedAs = fingerprint;
    this.#context.journal.arrived(identity?.path ?? this.path, fingerprint, { end: reader.sizeSeen, ms });
  }

  #readFrom(generation: TailedGeneration, now: number): ReadLines | undefined {
    const { reader } = generation;
    if (!reader.isOpen && generation.detached) {
      this.#end(generation);
      return undefined;
    }
    const final = this.#isFinal(generation, now);
    if (!this.#identify(generation, final)) {
      if (generation.proof) return undefined;
      if (final || this.#isQuiet(generation, now)) return this.#readHeld(generation, { final, now });
      return undefined;
    }
    this.#rewindToParse(generation);
    const outcome = reader.read();
    generation.isSearching = outcome.kind === 'busy';
    if (outcome.kind === 'busy') return undefined;
    if (outcome.kind === 'rewritten') {
      this.#rewritten(generation, now);
      return this.read(now);
    }
    if (outcome.kind === 'lines') return this.#linesOf(generation, outcome.batch);
    if (outcome.held > 0) return this.#readHeld(generation, { final, now });
    generation.dirty = false;
    if (generation.detached && !this.#context.follow) this.#end(generation);
    return undefined;
  }

  /** The last line without newline: a whole value after a quiet second, anything when its end will not be written any more. */
  #readHeld(generation: TailedGeneration, { final, now }: { final: boolean; now: number }): ReadLines | undefined {
    const { reader } = generation;
    if (!final && !this.#isQuiet(generation, now)) return undefined;
    generation.dirty = false;
    if (!final && generation.heldSize === reader.sizeSeen) return undefined;
    generation.heldSize = reader.sizeSeen;
    const held = reader.peekHeld(final);
    if (held === undefined || !(final || this.#context.isWhole(held))) return undefined;
    if (!this.#identify(generation, true)) return undefined;
    const batch = reader.offset < reader.sizeSeen ? reader.readHeld(final) : undefined;
    return batch && this.#linesOf(generation, batch);
  }

  #linesOf(tailed: TailedGeneration, batch: LineBatch): ReadLines | undefined {
    const { identity, reader } = tailed;
    if (!identity) return undefined;
    const from = this.#readTo(tailed);
    if (batch.end >= from) {
      this.#context.registry.set({
        path: identity.path,
        fingerprint: identity.fingerprint,
        attempt: identity.attempt,
        next: batch.end,
        lines: reader.lines,
        tail_sha256: batch.tailHash(batch.end),
        ...(reader.terminated ? {} : { terminated: false }),
      });
    }
    reader.provenTo = Math.max(reader.provenTo, batch.end);
    tailed.fold ??= {};
    return {
      ...batch,
      kind: this.kind,
      generation: { ...startOf(identity, tailed.lostBytes), adwId: this.#context.adwId, role: this.role },
      fold: tailed.fold,
      from,
      untold: tailed.untold,
      atEnd: batch.end >= reader.sizeSeen,
      clues: cluesOf(tailed, identity, this.#context.journal),
    };
  }

  /** First byte of a generation that was not handed on yet. */
  #readTo({ identity }: TailedGeneration): number {
    if (identity === undefined) return 0;
    return this.#context.registry.get(identity.path, identity.fingerprint)?.next ?? 0;
  }

  #identify(generation: TailedGeneration, final: boolean): boolean {
    return identify(generation, { path: this.path, final, siblings: this.#generations, context: this.#context });
  }

  /**
   * A parser is a fold over all lines, so a generation that goes on in the middle is parsed from its beginning; what the
   * log already has is left out by the position. A generation that has nothing new is parsed only for a caller that asks for what is known.
   */
  #rewindToParse(generation: TailedGeneration): void {
    const { reader, fold } = generation;
    if (fold !== undefined || reader.offset === 0) return;
    if (!this.#context.readsKnown && reader.stat().size <= reader.offset) return;
    if (reader.isIntact()) reader.seek({ offset: 0, lines: 0, terminated: true });
  }

  #rewritten(generation: TailedGeneration, now: number): void {
    const { identity, arrivedAs } = generation;
    // What the log does not know yet goes by its first line alone, and so may what comes now.
    if (!identity && arrivedAs !== undefined) this.#context.journal.rewritten(this.path, arrivedAs);
    this.#lose(generation);
    if (!generation.detached) this.#open(now);
  }

  /** The generation ends, and with it what was not read. */
  #lose(generation: TailedGeneration): void {
    const { reader, identity } = generation;
    const delivered = Math.max(reader.offset, this.#readTo(generation));
    const lost = Math.max(0, reader.sizeSeen - delivered);
    if (delivered === 0) this.#context.registry.countMissed(identity?.path ?? this.path);
    this.#lost += lost + (delivered === 0 ? generation.lostBytes : 0);
    this.#context.onEnded(generation, lost);
    this.#remove(generation);
  }

  #end(generation: TailedGeneration): void {
    this.#context.onEnded(generation, 0);
    this.#remove(generation);
  }

  #remove(generation: TailedGeneration): void {
    generation.reader.release();
    this.#generations = this.#generations.filter(other => other !== generation);
  }

  #isQuiet({ grewAt, reader }: TailedGeneration, now: number): boolean {
    if (this.#context.follow) return agoMs(grewAt, now) >= HELD_QUIET_MS;
    return now - reader.stat().mtimeMs >= HELD_QUIET_MS;
  }

  /** Whether the end of an unterminated line will not be written any more. */
  #isFinal(generation: TailedGeneration, now: number): boolean {
    if (generation.detached) return agoMs(generation.grewAt, now) >= HELD_QUIET_MS || !this.#context.follow;
    return !this.#context.follow && now - generation.reader.stat().mtimeMs >= DETACHED_QUIET_MS;
  }
}

function detach(generation: TailedGeneration): void {
  generation.detached = true;
  generation.reader.isLastOfFile = true;
}

function isSame(reader: GenerationReader, stats: Stats): boolean {
  return stats.ino === reader.ino && stats.dev === reader.dev;
}
