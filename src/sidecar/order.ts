import { workflowRank } from '../adw/phase.ts';
import { TOGETHER_MS } from '../adw/status.ts';
import type { FollowedFile } from './tail/followed-file.ts';

/** Streams in the order in which their roles ran: by the time they were last written to, or, after a copy, by role. */
export function inOrderOfWork(files: readonly FollowedFile[]): FollowedFile[] {
  const times = new Map(files.map(file => [file, file.current?.mtimeMs ?? 0]));
  const isCopy = Math.max(...times.values()) - Math.min(...times.values()) < TOGETHER_MS;
  const byRole = (a: FollowedFile, b: FollowedFile) => workflowRank(a.role) - workflowRank(b.role);
  const byTime = (a: FollowedFile, b: FollowedFile) => (times.get(a) ?? 0) - (times.get(b) ?? 0);
  return files.toSorted((a, b) => (isCopy ? 0 : byTime(a, b)) || byRole(a, b));
}
