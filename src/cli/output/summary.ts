import { formatBytes, formatDuration } from '../../adw/format.ts';
import type { Logger } from '../../base/log.ts';
import type { SidecarProgress, SidecarSummary } from '../../sidecar/flow.ts';
import { formatCount, formatPlural } from './format.ts';

/** `12 files, 1,803 lines (1,803 new, 0 duplicates), 4,211 events, 2.0 MiB, 1.3s, all in the log`. */
export function summaryLine(summary: SidecarSummary): string {
  const lines = Math.max(
    summary.lines,
    summary.perFile.reduce((sum, file) => sum + file.lines, 0),
  );
  return [
    formatPlural(summary.files, 'file'),
    `${formatPlural(lines, 'line')} (${formatCount(summary.lines)} new, ${formatPlural(lines - summary.lines, 'duplicate')})`,
    formatPlural(summary.events, 'event'),
    formatBytes(summary.bytes),
    formatDuration(summary.seconds * 1_000),
    ...whatIsInTheLog(summary),
  ].join(', ');
}

/** Of nothing, nothing is said: no server need have answered. */
function whatIsInTheLog(summary: SidecarSummary): string[] {
  if (summary.files === 0) return [];
  return [isAllInLog(summary) ? 'all in the log' : 'not all in the log'];
}

/** Whether the log has every byte on disk, and the server refused nothing. */
export function isAllInLog({ perFile, rejected }: SidecarSummary): boolean {
  return rejected === 0 && perFile.every(({ lagBytes }) => lagBytes === 0);
}

/** Warns of what went on beside the plain way; says nothing when all is well. */
export function reportRemarks(log: Logger, adwId: string, summary: SidecarSummary): void {
  const behind = summary.perFile.filter(file => file.lagBytes > 0);
  const lag = behind.reduce((sum, file) => sum + file.lagBytes, 0);
  if (lag > 0) {
    log.report('summary_lag', { adw_id: adwId, bytes: formatBytes(lag), files: formatPlural(behind.length, 'file') });
  }
  if (summary.rejected > 0) {
    log.report('summary_refused', { adw_id: adwId, events: formatPlural(summary.rejected, 'event') });
  }
  if (summary.lostBytes > 0) log.report('summary_lost', { adw_id: adwId, bytes: formatBytes(summary.lostBytes) });
  if (summary.disputed > 0) {
    log.report('summary_disputed', { adw_id: adwId, files: formatPlural(summary.disputed, 'file') });
  }
  if (summary.retries > 0) {
    log.report('summary_retried', { adw_id: adwId, retries: formatPlural(summary.retries, 'retry', 'retries') });
  }
  const redactions = Object.entries(summary.redactions);
  if (redactions.length > 0) {
    const kinds = redactions.map(([kind, count]) => `${formatCount(count)} ${kind}`).join(', ');
    log.report('summary_redacted', { adw_id: adwId, kinds });
  }
}

/** Several ADWs' summaries as one. `seconds` is the longest. */
export function totalOf(summaries: readonly SidecarSummary[]): SidecarSummary {
  const sum = (
    field: 'files' | 'lines' | 'events' | 'duplicates' | 'bytes' | 'retries' | 'rejected' | 'lostBytes' | 'disputed',
  ) => summaries.reduce((total, summary) => total + summary[field], 0);
  const redactions: Record<string, number> = {};
  for (const summary of summaries) {
    for (const [kind, count] of Object.entries(summary.redactions)) redactions[kind] = (redactions[kind] ?? 0) + count;
  }
  return {
    adwId: '*',
    files: sum('files'),
    lines: sum('lines'),
    events: sum('events'),
    duplicates: sum('duplicates'),
    bytes: sum('bytes'),
    retries: sum('retries'),
    rejected: sum('rejected'),
    lostBytes: sum('lostBytes'),
    disputed: sum('disputed'),
    seconds: Math.max(0, ...summaries.map(summary => summary.seconds)),
    redactions,
    perFile: summaries.flatMap(summary => summary.perFile),
  };
}

/** `45 %, 2.1 MiB of 4.6 MiB, 1,203 lines, 12 files, 3.1 MiB/s, 0.8s left`, or why nothing moves. `elapsedMs` is since the start. */
export function progressLine(progress: SidecarProgress, elapsedMs: number): string {
  const { lines, connected } = progress;
  const { files, bytes, bytesTotal } = progress.extent();
  const share = bytesTotal > 0 ? Math.floor((bytes / bytesTotal) * 100) : 0;
  const parts = [
    `${share} %`,
    `${formatBytes(bytes)} of ${formatBytes(bytesTotal)}`,
    formatPlural(lines, 'line'),
    formatPlural(files, 'file'),
  ];
  if (!connected) return [...parts, 'waiting for the server'].join(', ');
  const rate = elapsedMs > 0 ? (bytes / elapsedMs) * 1_000 : 0;
  if (rate > 0 && elapsedMs > 500 && bytes < bytesTotal) {
    parts.push(`${formatBytes(rate)}/s`, `${formatDuration(((bytesTotal - bytes) / rate) * 1_000)} left`);
  }
  return parts.join(', ');
}
