import type { HeldRanges, IngestAnswer, Position } from './position.ts';
import type { RunState } from './run-state.ts';
import type { NewEvent } from './schema.ts';

/**
 * The log of a server in the same process: what a sidecar asks the routes of docs/protocol.md for, as objects. Whatever they
 * refuse is thrown as an AdwStreamError of the same code.
 */
export interface LocalLog {
  /** Names the log; it is another one when the log was started anew. */
  readonly epoch: string;
  /** `GET /api/v1/adws/:id/positions`. */
  positions(adwId: string): Promise<{ readonly epoch: string; readonly files: readonly Position[] }>;
  /** `GET /api/v1/adws/:id/held`. */
  held(adwId: string, file: Pick<Position, 'path' | 'fingerprint'>): Promise<HeldRanges & { readonly epoch: string }>;
  /**
   * `POST /api/v1/events`, with events that were made in this process by their types, so that their schemas are not checked
   * again; each has its id. The log keeps the objects: nothing may change them afterwards.
   */
  append(events: readonly NewEvent[]): Promise<IngestAnswer>;
  /** `PUT /api/v1/adws/:id/artifacts/*`. */
  putArtifact(adwId: string, artifact: LocalArtifact): Promise<void>;
  /** The `status` of `GET /api/v1/adws/:id`; undefined for an ADW that the log does not know. */
  status(adwId: string): RunState | undefined;
}

/** Bytes that events name, stored before them. */
export interface LocalArtifact {
  readonly path: string;
  /** Of the bytes, in hex. */
  readonly sha256: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}
