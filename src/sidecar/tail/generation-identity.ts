import { TAIL_BYTES_MAX } from '../../event/limits.ts';
import type { Position } from '../../event/position.ts';
import type { GenerationReader } from './generation-reader.ts';
import type { Identity, TailContext, TailedGeneration } from './tailed-generation.ts';

/** What {@link identify} goes by, beside the generation. */
export interface IdentifyOptions {
  /** Where the file lies. */
  readonly path: string;
  /** Whether a first line without newline is complete: nothing will be added to it. */
  readonly final: boolean;
  /** All generations that lie or lay at the path and are still read. */
  readonly siblings: readonly TailedGeneration[];
  readonly context: TailContext;
}

/**
 * Finds out which generation a file is, once its first line is complete, and goes to where the log stands in it.
 * @returns false while that cannot be told: before the first line's end, and while it is compared with what the log holds
 */
export function identify(tailed: TailedGeneration, { path, final, siblings, context }: IdentifyOptions): boolean {
  if (tailed.identity && !tailed.isDoubted) return true;
  const { registry, renamedFrom, unreadOf } = context;
  if (!registry.isReady) return false;
  const { reader } = tailed;
  if (tailed.identity) {
    const doubted = settleDoubt(tailed, tailed.identity, context);
    if (doubted !== 'other') return doubted === 'same';
  }
  const fingerprint = reader.fingerprint(final);
  if (fingerprint === undefined) return false;
  // A file that was put in another's place may begin with all that the log has of the one before, which is still read.
  const isTaken = (name: string) =>
    siblings.some(({ identity }) => identity?.path === path && identity.fingerprint === name);
  const probe = {
    matches: reader.matches.bind(reader),
    isRefuted: (_path: string, name: string) => reader.isRefuted(path, name),
    isTaken,
  };
  for (;;) {
    const renamed = registry.get(path, fingerprint) ? undefined : renamedFrom(path, fingerprint, reader);
    const identity = renamed ?? { path, ...registry.resolve(path, fingerprint, probe) };
    const position = registry.get(identity.path, identity.fingerprint);
    const proof = position ? prove(tailed, position, context) : 'same';
    if (proof === undefined) return false;
    if (proof === 'other') continue;
    if (position === undefined) {
      tailed.lostBytes += tailed.lostBytes > 0 ? 0 : unreadOf(path);
      tellDisputed(path, fingerprint, { reader, context });
    }
    goOn(tailed, identity, context);
    return true;
  }
}

/**
 * Notes that a file was written to without growing since it was read to its end: what appends leaves no such trace, what
 * rewrites lines in place does. Two stats have to agree, since a write in progress shows its time before its size.
 * @param stats what a second stat just now said
 */
export function doubtTouched(
  tailed: TailedGeneration,
  stats: { size: number; mtimeMs: number },
  context: TailContext,
): void {
  const { identity, reader, isDoubted } = tailed;
  const { size, mtimeMs } = stats;
  const { endStats } = reader;
  if (identity === undefined || isDoubted || size <= TAIL_BYTES_MAX || reader.offset !== size) return;
  if (size !== endStats?.size || mtimeMs === endStats.mtimeMs) return;
  // What is on its way to the log cannot be compared yet.
  if (context.acknowledgedUpTo(identity.path, identity.fingerprint).next !== size) return;
  reader.provenTo = 0;
  Object.assign(tailed, { isDoubted: true, dirty: true });
}

function settleDoubt(tailed: TailedGeneration, identity: Identity, context: TailContext): 'same' | 'other' | undefined {
  const position = context.registry.get(identity.path, identity.fingerprint);
  const outcome = position ? prove(tailed, position, context) : 'same';
  if (outcome === undefined) return undefined;
  tailed.isDoubted = false;
  if (outcome === 'other') {
    // It was this file's until then.
    tailed.reader.refute(identity.path, identity.fingerprint, false);
    Object.assign(tailed, { identity: undefined, fold: undefined });
  }
  return outcome;
}

/** Goes to where the log stands in a generation, and takes the file for it. */
export function goOn(tailed: TailedGeneration, identity: Identity, { registry }: TailContext): void {
  const position = registry.get(identity.path, identity.fingerprint);
  const { next = 0, lines = 0, terminated = true } = position ?? {};
  tailed.reader.seek({ offset: next, lines, terminated });
  tailed.identity = { ...identity, attempt: position?.attempt ?? identity.attempt };
  tailed.isDoubted = false;
}

/**
 * Whether the file holds what the log holds up to a position that fits to its last 4 KiB. What this process read itself, and
 * what it compared or read to its end before and has not changed since, is the same; else the log is asked.
 * @returns undefined while its answer, or more hashing, is waited for
 */
function prove(tailed: TailedGeneration, position: Position, context: TailContext): 'same' | 'other' | undefined {
  const { reader } = tailed;
  const { path, fingerprint, next } = position;
  if (next <= Math.max(TAIL_BYTES_MAX, reader.provenTo)) return 'same';
  const stats = reader.stat();
  if (context.isUnchanged(position, stats)) return proven(tailed, next, stats);
  if (tailed.proof?.path !== path || tailed.proof.fingerprint !== fingerprint) {
    tailed.proof = { path, fingerprint, stats, ranges: undefined };
    context.onUnproven({ path, fingerprint });
  }
  const outcome = tailed.proof.ranges?.step(reader);
  if (outcome === 'same') return proven(tailed, next, tailed.proof.stats);
  if (outcome === undefined) return undefined;
  // Bytes that were seen to lie there were rewritten since, which is nothing to wonder at.
  reader.refute(path, fingerprint, context.journal.sizeSeen(path, fingerprint) < next);
  tailed.proof = undefined;
  return 'other';
}

function proven(tailed: TailedGeneration, next: number, stats: TailedGeneration['reader']['provenStats']): 'same' {
  tailed.reader.provenTo = next;
  tailed.reader.provenStats = stats;
  tailed.reader.endStats = stats;
  tailed.proof = undefined;
  return 'same';
}

function tellDisputed(
  path: string,
  fingerprint: string,
  { reader, context }: { reader: GenerationReader; context: TailContext },
): void {
  const { registry, journal, onDisputed } = context;
  const { size } = reader.stat();
  for (const position of registry.withFingerprint(fingerprint)) {
    const { fingerprint: name, next } = position;
    if (position.path !== path) continue;
    if (reader.isDisputed(path, name) || (next > size && journal.sizeSeen(path, name) < next))
      onDisputed(position, size);
  }
}
