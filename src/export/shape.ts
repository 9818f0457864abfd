import type { AdwSummary } from '../adw/summary-shape.ts';
import type { VerifiedFile } from '../event/generations.ts';
import type { Position } from '../event/position.ts';

/**
 * What lies in an exported page, as its writer and the page both know it. Data lie in the document as blocks, each on a line of
 * its own: `<script type="text/plain" data-part="…">…</script>`, which nothing executes. Their content is base64, so that
 * nothing of a run, whatever an agent wrote, can end a block.
 */

/** The form of what lies in the page. Another number: the page that reads it is in the same file, so none is refused. */
export const EXPORT_FORMAT = 1;

/**
 * What a block holds. `typed` and `raw`: events as NDJSON in seq order, packed (`data-first` and `data-last` are seqs); raw
 * ones are the `agent_output_chunk`s. `artifact`: the bytes of a stored file (`data-sha256`, `data-packed`). `manifest`:
 * {@link ExportManifest}, `licenses`: those of the page's packages, each packed.
 */
export type ExportPart = 'typed' | 'raw' | 'artifact' | 'manifest' | 'licenses';

/** How each block begins: one `grep` finds what the hash is of. */
export const BLOCK_BEGIN = '<script type="text/plain" data-part=';
/** The id of the element that says the hash (sha-256, hex) of all blocks with their newlines, in their order. */
export const HASH_ID = 'adw-stream-sha256';

/** A stored file of the run. */
export interface ExportedArtifact {
  readonly path: string;
  /** Hex. */
  readonly sha256: string;
  readonly bytes: number;
  readonly media_type: string;
  readonly stored_at: string;
  /** Whether its bytes lie in the page; images may have been left out. */
  readonly held: boolean;
}

/** Whether the record is whole, by its own hashes. */
export interface ExportVerification {
  /** What it was compared with: the files on disk, or nothing beside itself. */
  readonly compared_with: 'disk' | 'log';
  /** Whether every range follows the one before and holds what was sent, and, compared with the disk, nothing is missing. */
  readonly is_complete: boolean;
  readonly files: readonly VerifiedFile[];
}

/** What an export says of itself. */
export interface ExportManifest {
  readonly format: typeof EXPORT_FORMAT;
  /** The adw-stream that made it. */
  readonly version: string;
  readonly adw_id: string;
  /** When it was made, and the time that durations up to now end at. */
  readonly made_at: string;
  /** Where its events come from: the files that the run left, or the log of a server. */
  readonly source: 'disk' | 'server';
  /** The log's; `disk` where no log numbered the events. */
  readonly epoch: string;
  readonly last_seq: number;
  readonly events: number;
  /** sha-256 (hex) of all events as `--ndjson` writes them. */
  readonly events_sha256: string;
  readonly summary: AdwSummary;
  readonly artifacts: readonly ExportedArtifact[];
  /** Where the record ends in each file that is read by lines. */
  readonly positions: readonly Position[];
  readonly verification: ExportVerification;
}
