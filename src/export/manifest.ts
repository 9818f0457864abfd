import type { JudgementLimits } from '../adw/silence.ts';
import { isoTime } from '../base/clock.ts';
import { VERSION } from '../base/version.ts';
import {
  inFileOrder,
  type LoggedGeneration,
  markMissingArtifacts,
  positionsIn,
  type VerifiedFile,
  verifyInLog,
} from '../event/generations.ts';
import type { ExportRecord } from './record.ts';
import { EXPORT_FORMAT, type ExportedArtifact, type ExportManifest, type ExportVerification } from './shape.ts';

/** What {@link manifestOf} is made of, beside the record. */
export interface ManifestParts {
  readonly source: ExportManifest['source'];
  /** When it is made, ms since the Unix epoch. */
  readonly nowMs: number;
  readonly limits: JudgementLimits;
  readonly artifacts: readonly ExportedArtifact[];
  readonly verification: ExportVerification;
}

/** What an export says of itself. */
export function manifestOf(record: ExportRecord, parts: ManifestParts): ExportManifest {
  const { source, nowMs, limits, artifacts, verification } = parts;
  return {
    format: EXPORT_FORMAT,
    version: VERSION,
    adw_id: record.adwId,
    made_at: isoTime(nowMs),
    source,
    epoch: record.epoch,
    last_seq: record.lastSeq,
    events: record.events,
    events_sha256: record.eventsSha256(),
    summary: record.summary(nowMs, limits),
    artifacts,
    positions: positionsIn(record.generations()),
    verification,
  };
}

/** Whether what was gathered is whole in itself, where there are no files to compare it with. */
export function verifiedInItself(
  logged: readonly LoggedGeneration[],
  artifacts: readonly Pick<ExportedArtifact, 'path' | 'sha256'>[],
): ExportVerification {
  markMissingArtifacts(logged, artifacts);
  return verificationOf('log', logged.map(verifyInLog).sort(inFileOrder));
}

/** What was found, with the verdict that follows from it. */
export function verificationOf(
  comparedWith: ExportVerification['compared_with'],
  files: readonly VerifiedFile[],
): ExportVerification {
  const isComplete = files.every(({ difference }) => difference === undefined);
  return { compared_with: comparedWith, is_complete: isComplete, files };
}
