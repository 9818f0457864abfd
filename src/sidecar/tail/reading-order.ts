import { TOGETHER_MS } from '../../adw/last-role.ts';
import { workflowRank } from '../../adw/phase.ts';
import type { TailedFile } from './tailed-file.ts';

/**
 * Streams in the order in which their roles ran: by the time they were last written to, or, after a copy, by role. What lies
 * deeper in a role's directory, as transcripts of its sub-agents do, comes behind the stream that names them; those that
 * lie in no role's come last.
 */
export function inReadingOrder(files: readonly TailedFile[]): TailedFile[] {
  const own = new Map(files.map(file => [file, file.current?.mtimeMs ?? 0]));
  const isCopy = Math.max(...own.values()) - Math.min(...own.values()) < TOGETHER_MS;
  const byRole = (a: TailedFile, b: TailedFile) => workflowRank(a.role) - workflowRank(b.role);
  const ofRole = new Map<string, number>();
  for (const [{ role }, ms] of own) ofRole.set(role, Math.max(ofRole.get(role) ?? 0, ms));
  const timeOf = (file: TailedFile) => (isDeeper(file) ? ofRole.get(file.role) : own.get(file)) ?? 0;
  const byTime = (a: TailedFile, b: TailedFile) => timeOf(a) - timeOf(b);
  const byDepth = (a: TailedFile, b: TailedFile) => Number(isDeeper(a)) - Number(isDeeper(b));
  const byPlace = (a: TailedFile, b: TailedFile) => Number(isOutside(a)) - Number(isOutside(b));
  return files.toSorted((a, b) => byPlace(a, b) || (isCopy ? 0 : byTime(a, b)) || byRole(a, b) || byDepth(a, b));
}

function isDeeper({ path }: TailedFile): boolean {
  return /(?:^|\/)subagents\//.test(path);
}

function isOutside(file: TailedFile): boolean {
  return isDeeper(file) && !file.path.startsWith(`${file.role}/`);
}
