import type { Extent, FileSummary } from '../flow.ts';
import type { TailedFile } from './tailed-file.ts';
import type { AcknowledgedUpTo } from './tailed-generation.ts';

/** Per stream, what the log has of its current generation, and how far it lags behind the disk at `now` (ms). */
export function fileSummaries(
  files: Iterable<TailedFile>,
  acknowledgedUpTo: AcknowledgedUpTo,
  now: number,
): FileSummary[] {
  return [...files].flatMap((file): FileSummary[] => {
    const current = file.current ?? file.generations.at(-1);
    if (!current) return [];
    const { identity, reader } = current;
    const { next, lines } = believed(
      identity && acknowledgedUpTo(identity.path, identity.fingerprint),
      reader.sizeSeen,
    );
    const lagBytes = reader.sizeSeen - next;
    const lagSeconds = lagBytes === 0 ? 0 : Math.max(0, (now - current.grewAt) / 1000);
    return [{ path: file.path, attempt: identity?.attempt ?? 1, lines, bytes: next, lagBytes, lagSeconds }];
  });
}

/** The sum of the same. */
export function extentOf(files: Iterable<TailedFile>, acknowledgedUpTo: AcknowledgedUpTo): Extent {
  let [count, bytes, bytesTotal] = [0, 0, 0];
  for (const file of files) {
    const current = file.current ?? file.generations.at(-1);
    if (!current) continue;
    const { identity, reader } = current;
    const { next } = believed(identity && acknowledgedUpTo(identity.path, identity.fingerprint), reader.sizeSeen);
    count += 1;
    bytes += next;
    bytesTotal += reader.sizeSeen;
  }
  return { files: count, bytes, bytesTotal };
}

/** A log that claims more than the file has says nothing about the file. */
function believed(acknowledged: ReturnType<AcknowledgedUpTo> | undefined, size: number): ReturnType<AcknowledgedUpTo> {
  return acknowledged === undefined || acknowledged.next > size ? { next: 0, lines: 0 } : acknowledged;
}
