import type { Stats } from 'node:fs';
import type { Position } from '../../event/position.ts';
import type { FoundFile, Generation, Line, TimeClues } from '../flow.ts';
import type { GenerationReader } from './generation-reader.ts';
import type { HeldProof } from './held-proof.ts';
import type { ArrivalJournal } from './journal.ts';
import type { GenerationRegistry, ResolvedGeneration } from './registry.ts';

/** What the log has of one file generation: the byte after it, and its lines. */
export type AcknowledgedUpTo = (path: string, fingerprint: string) => { readonly next: number; readonly lines: number };

/** What the files of one ADW share. */
export interface TailContext {
  readonly adwId: string;
  readonly registry: GenerationRegistry;
  readonly journal: ArrivalJournal;
  /** Whether growth may still come; false for a one-shot replay. */
  readonly follow: boolean;
  /** Whether what the log already has is to be parsed too, though nothing new follows it. */
  readonly readsKnown: boolean;
  /** Whether a line without newline is a whole value. */
  readonly isWhole: (line: Line) => boolean;
  /** A generation known under another path whose file is gone from there: the file at hand was renamed. */
  readonly renamedFrom: (path: string, fingerprint: string, reader: GenerationReader) => Identity | undefined;
  /** Bytes of a path's newest known generation that were seen but never read, because no watch ran when it went. */
  readonly unreadOf: (path: string) => number;
  /** The log knows a generation of this name that is not the file at hand, whose size (bytes) is given. */
  readonly onDisputed: (position: Position, sizeBytes: number) => void;
  /** Whether the file is in the state in which it was read, or compared, up to the position before. */
  readonly isUnchanged: (position: Position, stats: Stats) => boolean;
  /** Where the log has acknowledged to stand; nowhere where nothing is delivered. */
  readonly acknowledgedUpTo: AcknowledgedUpTo;
  /** Asks what the log holds of a generation that the file at hand seems to be. */
  readonly onUnproven: (file: FileGeneration) => void;
  /** The generation has ended: it was rewritten, or its file is gone and read to the end. */
  readonly onEnded: (followed: TailedGeneration, lostBytes: number) => void;
  /** The file is there and may not be opened; told at every poll that finds it so. */
  readonly onUnreadable: (code: string) => void;
}

/** Which generation a file turned out to be. */
export interface Identity extends ResolvedGeneration {
  readonly path: string;
}

/** One generation of a followed file, as far as it has been read. */
export interface TailedGeneration {
  readonly reader: GenerationReader;
  identity: Identity | undefined;
  /** First byte whose events were not handed over yet; parsing again what lies before it hands nothing over. */
  untold: number;
  /** Whether it was written to without growing: it is compared with what the log holds before it is gone on with. */
  isDoubted: boolean;
  /** Bytes lost of the generation before. */
  lostBytes: number;
  /** Whether the path leads elsewhere by now. */
  detached: boolean;
  /** When it last grew or was first seen, ms. */
  grewAt: number;
  /** Size and time of the file at the last poll. */
  size: number;
  mtimeMs: number;
  /** The fingerprint under which its arrivals are written down. */
  arrivedAs: string | undefined;
  /** Whether a poll found something that has not been read yet. */
  dirty: boolean;
  /** Size at which an unterminated last line was found not to be whole. */
  heldSize: number;
  /** Stands for what its lines have taught; undefined where that is gone, and they are to be read from the first one. */
  fold: object | undefined;
  /** While the file is compared with what the log holds of a generation. */
  proof: GenerationProof | undefined;
  /** Whether a long line is searched for its end. */
  isSearching: boolean;
}

/** Names a generation of the log. */
export type FileGeneration = Pick<Position, 'path' | 'fingerprint'>;

/** The log was asked what it holds of a generation that a file seems to be. */
export interface GenerationProof extends FileGeneration {
  /** The file's state before anything was compared. */
  readonly stats: Stats;
  /** Absent until the log has answered. */
  ranges: HeldProof | undefined;
}

/** What lines of a generation say they belong to. @param lostBytes of the generation before, which could not be read any more */
export function startOf(
  { path, fingerprint, attempt, reason }: Identity,
  lostBytes: number,
): Omit<Generation, 'adwId' | 'role'> {
  return { path, fingerprint, attempt, lostBytes, reason: lostBytes > 0 ? 'rewritten' : reason };
}

/** What a generation tells of when its lines were written. */
export function cluesOf(
  { reader, size, mtimeMs }: TailedGeneration,
  { path, fingerprint }: Identity,
  journal: ArrivalJournal,
): TimeClues {
  return {
    sizeBytes: size,
    mtimeMs,
    ctimeMs: ctimeOf(reader),
    nowMs: Date.now(),
    arrivedAt: offset => journal.timeOf(path, fingerprint, offset),
    lastBytes(length) {
      try {
        return reader.peekEnd(length);
      } catch {
        return { bytes: Buffer.alloc(0), offset: 0 };
      }
    },
  };
}

function ctimeOf(reader: GenerationReader): number {
  try {
    return reader.stat().ctimeMs;
  } catch {
    return Number.NaN;
  }
}

/**
 * The role that a stream's events name: its directory, or the file's own name where it lies directly in the ADW's. Of
 * transcripts outside of a role's directory, the parser knows better once it has read of their session.
 */
export function roleOf({ role, path }: FoundFile): string {
  if (role !== undefined) return role;
  if (path.includes('/')) return NO_ROLE;
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.jsonl.*$/, '');
  return /^(?:cc_)?raw_output$/.test(name) ? NO_ROLE : name;
}

/** The role of a stream that names none. */
const NO_ROLE = 'agent';
