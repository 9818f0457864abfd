import { sumCounts } from '../../base/counts.ts';
import type { FileSummary, Item } from '../flow.ts';

/** What a sidecar has done so far, in numbers. */
export class Tally {
  /** Lines newly delivered. */
  lines = 0;
  /** Bytes of lines newly delivered. */
  bytes = 0;
  /** Events newly in the log. */
  events = 0;
  rejected = 0;
  lostBytes = 0;
  redactions: Readonly<Record<string, number>> = {};

  /** Counts a batch that the server has acknowledged. */
  acknowledged(items: readonly Item[], outcome: { accepted: number; refused: number }): void {
    this.events += outcome.accepted;
    this.rejected += outcome.refused;
    // Another sender was faster with all of it.
    if (outcome.accepted === 0) return;
    for (const item of items) {
      if (item.kind !== 'unit') continue;
      this.lines += item.unit.lines;
      this.bytes += item.unit.end - item.unit.offset;
      if (item.unit.redactions) this.redacted(item.unit.redactions);
      this.lostBytes += item.unit.lostBytes ?? 0;
    }
  }

  /** All of it, beside what the log has of each file: lines that it had before are duplicates. */
  summary(perFile: readonly FileSummary[]) {
    const { lines, events, bytes, rejected, redactions, lostBytes } = this;
    const acknowledged = perFile.reduce((sum, file) => sum + file.lines, 0);
    const duplicates = Math.max(0, acknowledged - lines);
    return { files: perFile.length, perFile, lines, events, bytes, rejected, redactions, lostBytes, duplicates };
  }

  /** Counts secrets that were replaced, by kind. */
  redacted(counts: Readonly<Record<string, number>>): void {
    this.redactions = sumCounts([this.redactions, counts]);
  }
}
