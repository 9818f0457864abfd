import type { RowEvent } from '../../../src/adw/row.ts';
import { type Hunk, hunkText } from '../base/diff.ts';

/** What is read of the result or the input of a call that changed a file; others have none of it. */
interface ChangeSaid {
  readonly structuredPatch?: readonly Hunk[];
  /** The text of a file that was written whole. */
  readonly content?: unknown;
}

/**
 * The unified diff that the one of a `file_changed` is the beginning of, by what else is said of the change. Pure.
 * @param said the result or the input of the call
 * @returns undefined where that makes another diff
 */
export function wholeDiff({ diff, full_size: size }: RowEvent['data'], said: unknown): string | undefined {
  const cut = String(diff ?? '');
  const files = cut.slice(0, Math.max(0, cut.indexOf('\n@@ ')));
  const whole = [files, ...hunksOf((said ?? {}) as ChangeSaid)].join('\n');
  return whole.length === size && whole.startsWith(cut) ? whole : undefined;
}

function hunksOf({ structuredPatch: patch, content }: ChangeSaid): string[] {
  if (Array.isArray(patch) && patch.length > 0) return patch.map(hunkText);
  if (typeof content !== 'string') return [];
  const lines = content.replace(/\n$/, '').split('\n');
  return [`@@ -0,0 +1,${lines.length} @@\n+${lines.join('\n+')}`];
}
