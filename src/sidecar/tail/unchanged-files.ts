import type { UnchangedFile } from './checkpoint.ts';
import type { TailedFile } from './tailed-file.ts';
import type { AcknowledgedUpTo } from './tailed-generation.ts';

/**
 * The files whose bytes are known to be what the log holds of them, with the state in which they are.
 * @param acknowledgedUpTo where the log has acknowledged to stand: what was only read may be there of another file
 */
export function unchangedFiles(files: Iterable<TailedFile>, acknowledgedUpTo: AcknowledgedUpTo): UnchangedFile[] {
  const unchanged: UnchangedFile[] = [];
  for (const { generations } of files) {
    for (const { identity, reader } of generations) {
      const { provenStats: stats, provenTo } = reader;
      if (identity === undefined || stats === undefined) continue;
      const { path, fingerprint } = identity;
      const upTo = Math.min(provenTo, stats.size, acknowledgedUpTo(path, fingerprint).next);
      unchanged.push({ path, fingerprint, up_to: upTo, ino: stats.ino, bytes: stats.size, ctime_ms: stats.ctimeMs });
    }
  }
  return unchanged;
}

/**
 * What was read and not acknowledged proves nothing about what the log holds: another sidecar may have delivered its own
 * bytes under this name meanwhile.
 * @param acknowledgedUpTo where the log had acknowledged to stand
 */
export function distrustUnacknowledged(files: Iterable<TailedFile>, acknowledgedUpTo: AcknowledgedUpTo): void {
  for (const { generations } of files) {
    for (const { identity, reader } of generations) {
      if (identity)
        reader.provenTo = Math.min(reader.provenTo, acknowledgedUpTo(identity.path, identity.fingerprint).next);
    }
  }
}
