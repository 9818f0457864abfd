import type { RowTable } from '../data/row-table.ts';
import { type WrongKind, wrongOf } from './wrong.ts';

/** Rows that tell how something ended, or warn, in the same way: no errors of their own. */
export interface ErrorGroup {
  readonly name: string;
  /** Ordinals, in order. */
  readonly rows: number[];
  readonly kind: Exclude<WrongKind, 'error'>;
}

/**
 * What went wrong before `limit` and is not counted as an error, by what it is: how it ended first, then the most frequent. Pure.
 * @param ended whether calls without a result will get none
 */
export function uncountedGroups(table: RowTable, limit: number, ended: boolean): ErrorGroup[] {
  const groups = new Map<string, ErrorGroup>();
  for (let at = 0; at < limit; at++) {
    const [kind, name] = wrongOf(table, at, { ended, until: limit - 1 }) ?? [];
    if (kind === undefined || name === undefined || kind === 'error') continue;
    const group = groups.get(`${kind} ${name}`);
    if (group) group.rows.push(at);
    else groups.set(`${kind} ${name}`, { name, kind, rows: [at] });
  }
  const isWarning = ({ kind }: ErrorGroup) => Number(kind === 'warning');
  return [...groups.values()].sort((a, b) => isWarning(a) - isWarning(b) || b.rows.length - a.rows.length);
}
