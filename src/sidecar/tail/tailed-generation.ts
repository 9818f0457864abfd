import type { Position } from '../../event/position.ts';
import type { GenerationReader, LineBatch } from './generation-reader.ts';
import type { ArrivalJournal } from './journal.ts';
import type { GenerationRegistry, ResolvedGeneration } from './registry.ts';

/** What the files of one ADW share. */
export interface TailContext {
  readonly registry: GenerationRegistry;
  readonly journal: ArrivalJournal;
  /** Whether the registry holds what the server says; before that, arrivals are written down and nothing is read. */
  readonly isReady: () => boolean;
  /** Whether growth may still come; false for a one-shot replay. */
  readonly follow: boolean;
  /** Whether what the log already has is to be parsed too, though nothing new follows it. */
  readonly readsKnown: boolean;
  /** Whether the bytes of a line without newline are a whole value. */
  readonly isWhole: (bytes: Buffer) => boolean;
  /** A generation known under another path whose file is gone from there: the file at hand was renamed. */
  readonly renamedFrom: (path: string, fingerprint: string, reader: GenerationReader) => Identity | undefined;
  /** Bytes of a path's newest known generation that were seen but never read, because nobody watched when it went. */
  readonly unreadOf: (path: string) => number;
  /** The log knows a generation of this name that is not the file at hand, whose size (bytes) is given. */
  readonly onDisputed: (position: Position, sizeBytes: number) => void;
  /** The generation has ended: it was rewritten, or its file is gone and read to the end. */
  readonly onEnded: (followed: TailedGeneration, lostBytes: number) => void;
  /** The file is there and may not be opened; told at every look that finds it so. */
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
  /** First byte that is still to be delivered. */
  from: number;
  /** First byte of which nobody has been told what it says; before it, parsing again tells nothing. */
  untold: number;
  /** Bytes lost of the generation before. */
  lostBytes: number;
  /** Whether the path leads elsewhere by now. */
  detached: boolean;
  /** When it last grew or was first seen, ms. */
  grewAt: number;
  /** Size and time of the file at the last look. */
  size: number;
  mtimeMs: number;
  /** The fingerprint under which its arrivals are written down. */
  arrivedAs: string | undefined;
  /** Whether a look found something that has not been read yet. */
  dirty: boolean;
  /** Size at which an unterminated last line was found not to be whole. */
  heldSize: number;
  /** What the owner keeps beside it; gone after a reset. */
  attachment: unknown;
}

/** Lines of one generation, ready to be parsed. `batch` may begin before `generation.from`: those lines are known. */
export interface ReadLines {
  readonly generation: TailedGeneration;
  readonly identity: Identity;
  readonly batch: LineBatch;
  readonly atEnd: boolean;
}
