import { signal } from '@preact/signals';
import { NONE } from '../../data/log.ts';
import { cutoff, seekTo } from '../../data/replay.ts';
import { go, inspecting, say, view } from '../../data/store.ts';
import { log, marked, rowOf, rows, selected, slowMs, toggled } from '../../data/timeline.ts';
import { indexOfKey, type ListHandle } from '../parts/virtual-list.tsx';

/** The timeline's list while it is on the page. */
export const list = signal<ListHandle | undefined>(undefined);

/** The event that was selected on this page; another one in the URL comes from a link or the back button. */
export const chosen = { id: '' };

/** Selects a row; its event's id goes into the URL. Ends following: the reader has found something. */
export function select(at: number, where: 'nearest' | 'center' = 'nearest'): void {
  const id = log.peek().facts[at]?.id;
  if (id === undefined) return;
  chosen.id = id;
  go({ ev: id, follow: false, tab: 'timeline' });
  requestAnimationFrame(() => {
    list.peek()?.reveal(at, where);
    requestAnimationFrame(() => document.getElementById(`row-${at}`)?.focus({ preventScroll: true }));
  });
}

/** Goes to an event from elsewhere on the page: it becomes visible whatever is filtered. */
export function jumpTo(at: number): void {
  if (at === NONE) return;
  const current = log.peek();
  const row = rowOf(current, at);
  if (cutoff.peek() !== undefined && row > cutoff.peek()!) seekTo(row);
  if (!rows.peek().rows.includes(row)) {
    const group = current.facts[row]?.group;
    const kinds = view.peek().kinds;
    go({
      role: '',
      phase: '',
      scope: '',
      attempt: undefined,
      q: '',
      tab: 'timeline',
      ...(group && (group === 'hook' || group === 'raw' || kinds)
        ? { kinds: ['think', 'text', 'tool', 'result', 'hook', ...(group === 'raw' ? ['raw'] : [])] }
        : {}),
    });
  } else go({ tab: 'timeline' }, 'push');
  setTimeout(() => select(row, 'center'), 30);
}

/** Moves the selection by rows. */
export function move(by: number): void {
  const all = rows.peek().rows;
  if (all.length === 0) return;
  const current = selected.peek();
  const from = current === NONE ? (by > 0 ? -1 : all.length) : indexOfKey(all, current);
  select(all[Math.min(all.length - 1, Math.max(0, from + by))]!);
}

/** First or last row. */
export function moveTo(end: 'first' | 'last'): void {
  const all = rows.peek().rows;
  const at = end === 'first' ? all[0] : all.at(-1);
  if (at !== undefined) select(at);
}

/** Next or previous row that satisfies; says so when there is none. */
export function moveWhere(direction: 1 | -1, test: (at: number) => boolean, what: string): void {
  const all = rows.peek().rows;
  const current = selected.peek();
  let index = current === NONE ? (direction > 0 ? -1 : all.length) : indexOfKey(all, current);
  for (index += direction; index >= 0 && index < all.length; index += direction) {
    if (!test(all[index]!)) continue;
    select(all[index]!, 'center');
    return;
  }
  say(`No ${direction > 0 ? 'further' : 'earlier'} ${what}`);
}

export const isError = (at: number): boolean =>
  log.peek().outcome(at) === 'error' || log.peek().facts[at]?.level === 'ERROR';
export const isSlow = (at: number): boolean => log.peek().took(at) > slowMs.peek();
export const isTool = (at: number): boolean => log.peek().type[at] === 'tool_use_pre';

/** Next or previous hit of the search, around the end. */
export function selectHit(direction: 1 | -1): void {
  const hits = marked.peek();
  if (hits.length === 0) {
    say('No hit');
    return;
  }
  const current = selected.peek();
  const next =
    direction > 0 ? (hits.find(at => at > current) ?? hits[0]!) : (hits.findLast(at => at < current) ?? hits.at(-1)!);
  select(next, 'center');
}

/** Opens or closes a row. */
export function toggle(at: number): void {
  const next = new Set(toggled.peek());
  if (!next.delete(at)) next.add(at);
  toggled.value = next;
  if (view.peek().follow) go({ follow: false });
}

/** Opens the inspector on a row. */
export function inspect(at: number): void {
  inspecting.value = true;
  select(at);
}
