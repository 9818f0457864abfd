import { TOGETHER_MS } from '../../adw/last-role.ts';
import { workflowRank } from '../../adw/phase.ts';
import type { TailedFile } from './tailed-file.ts';

/** Streams in the order in which their roles ran: by the time they were last written to, or, after a copy, by role. */
export function inReadingOrder(files: readonly TailedFile[]): TailedFile[] {
  const times = new Map(files.map(file => [file, file.current?.mtimeMs ?? 0]));
  const isCopy = Math.max(...times.values()) - Math.min(...times.values()) < TOGETHER_MS;
  const byRole = (a: TailedFile, b: TailedFile) => workflowRank(a.role) - workflowRank(b.role);
  const byTime = (a: TailedFile, b: TailedFile) => (times.get(a) ?? 0) - (times.get(b) ?? 0);
  return files.toSorted((a, b) => (isCopy ? 0 : byTime(a, b)) || byRole(a, b));
}
