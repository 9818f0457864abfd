import { signal } from '@preact/signals';
import { NONE } from '../../data/row-table.ts';
import { cutoff, seekTo, until } from '../../state/replay.ts';
import { found } from '../../state/search.ts';
import { bookmarks, go, say, view } from '../../state/store.ts';
import { marked, rowOf, rows, selected, slowMs, table, toggled } from '../../state/timeline.ts';
import { indexOfKey, type ListHandle } from '../parts/virtual-list.tsx';
import { dropDeferred, isRead, whenPossible } from './deferred-actions.ts';

/** The timeline's list while it is on the page. */
export const list = signal<ListHandle | undefined>(undefined);

/** The event that was selected on this page; another one in the URL comes from a link or the back button. */
export const chosen = { id: '' };

/** Selects a row that the reader points at; what was asked for before is forgotten. */
export function select(at: number, where: 'nearest' | 'center' = 'nearest'): void {
  dropDeferred();
  show(at, where);
}

/**
 * Selects a row, where there is one; its id goes into the URL. Ends following: the reader has found something.
 * @param from the field that gives the focus away; any other in which the reader is by then keeps it, for what is typed
 * next would be taken for shortcuts
 */
function show(at: number, where: 'nearest' | 'center' = 'nearest', from?: Element | null): void {
  const id = table.peek().rowData[at]?.id;
  if (id === undefined) return;
  chosen.id = id;
  go({ ev: id, follow: false, tab: 'timeline' });
  // Unless another row was selected meanwhile: a row that gets the focus is selected, and would take it away from that one.
  const ifStill = (act: () => void) => () => void (selected.peek() === at && act());
  const focus = () => {
    const active = document.activeElement;
    if (active !== from && active?.closest('input, textarea, select')) return;
    document.getElementById(`row-${at}`)?.focus({ preventScroll: true });
  };
  requestAnimationFrame(
    ifStill(() => {
      list.peek()?.reveal(at, where);
      requestAnimationFrame(ifStill(focus));
    }),
  );
}

/** Goes to an event from elsewhere on the page: it becomes visible whatever is filtered. */
export function jumpTo(at: number): void {
  if (at === NONE) return;
  const current = table.peek();
  const row = rowOf(current, at);
  if (cutoff.peek() !== undefined && row > cutoff.peek()!) seekTo(row);
  if (!rows.peek().rows.includes(row)) {
    const group = current.rowData[row]?.group;
    const kinds = view.peek().kinds;
    go(
      {
        role: '',
        phase: '',
        scope: '',
        attempt: undefined,
        q: '',
        tab: 'timeline',
        ...(group && (group === 'hook' || group === 'raw' || kinds)
          ? { kinds: ['think', 'text', 'tool', 'result', 'hook', ...(group === 'raw' ? ['raw'] : [])] }
          : {}),
      },
      'push',
    );
  } else go({ tab: 'timeline' }, 'push');
  setTimeout(() => select(row, 'center'), 30);
}

/** Goes to an event by its id, once the log is read or holds it. */
export function jumpToEvent(id: string): void {
  const find = () => table.peek().ordinalOfId(id);
  const act = () => (find() === NONE ? say('The log does not hold this event') : jumpTo(find()));
  whenPossible('the event', act, () => find() !== NONE || isRead());
}

/** Goes to the newest event that satisfies, once the log is read. */
export function jumpWhere(what: string, test: (at: number) => boolean): void {
  whenPossible(what, () => {
    const current = table.peek();
    let at = current.length - 1;
    while (at >= 0 && !test(at)) at--;
    if (at !== NONE) jumpTo(at);
    else say(`The log does not hold ${what}`);
  });
}

/** Moves the selection by rows. */
export function move(by: number): void {
  const what = `${Math.abs(by) > 1 ? 'a page' : 'a row'} ${by > 0 ? 'down' : 'up'}`;
  const act = () => {
    const all = rows.peek().rows;
    const current = selected.peek();
    const from = current === NONE ? (by > 0 ? -1 : all.length) : indexOfKey(all, current);
    show(all[Math.min(all.length - 1, Math.max(0, from + by))] ?? NONE);
  };
  whenPossible(what, act, () => rows.peek().rows.length > 0 || isRead());
}

/** Moves the selection by as many rows as are on the screen; the last of them stays in view. */
export function movePage(direction: 1 | -1): void {
  const shown = list.peek()?.shown() ?? 1;
  move(direction * Math.max(1, shown - 1));
}

/** First or last row. The newest rows come first, so that the last is known from the beginning. */
export function moveTo(end: 'first' | 'last'): void {
  const act = () => show((end === 'first' ? rows.peek().rows[0] : rows.peek().rows.at(-1)) ?? NONE);
  whenPossible(`${end} row`, act, () => isRead() || (end === 'last' && rows.peek().rows.length > 0));
}

/** What a reader looks for among rows. */
export interface Aim {
  readonly what: string;
  test(at: number): boolean;
}

export const ERROR: Aim = { what: 'error', test: at => table.peek().outcome(at, until.peek()) === 'error' };
export const SLOW: Aim = { what: 'slow call', test: at => table.peek().took(at, until.peek()) > slowMs.peek() };
export const TOOL: Aim = { what: 'tool call', test: at => table.peek().isCall(at) };
export const BOOKMARK: Aim = {
  what: 'bookmark',
  test: at => bookmarks.peek().has(table.peek().rowData[at]?.id ?? ''),
};

/** Next or previous row that satisfies; says so when there is none. */
export function moveWhere(direction: 1 | -1, { what, test }: Aim): void {
  whenPossible(`${direction > 0 ? 'next' : 'previous'} ${what}`, () => {
    const all = rows.peek().rows;
    const current = selected.peek();
    const from = current === NONE ? (direction > 0 ? -1 : all.length) : indexOfKey(all, current);
    for (let index = from + direction; index >= 0 && index < all.length; index += direction) {
      if (test(all[index]!)) return show(all[index]!, 'center');
    }
    say(`No ${direction > 0 ? 'further' : 'earlier'} ${what}`);
  });
}

/** Next or previous hit of the search, around the end. */
export function selectHit(direction: 1 | -1): void {
  const from = document.activeElement;
  const act = () => {
    const hits = marked.peek();
    if (hits.length === 0) say('No hit');
    const current = selected.peek();
    const next =
      direction > 0 ? (hits.find(at => at > current) ?? hits[0]) : (hits.findLast(at => at < current) ?? hits.at(-1));
    show(next ?? NONE, 'center', from);
  };
  whenPossible(direction > 0 ? 'next hit' : 'previous hit', act, () => isRead() && !found.peek().searching);
}

/** Opens or closes a row. */
export function toggle(at: number): void {
  const next = new Set(toggled.peek());
  const { id } = table.peek().rowData[at] ?? {};
  if (id === undefined) return;
  if (!next.delete(id)) next.add(id);
  toggled.value = next;
  if (view.peek().follow) go({ follow: false });
}
