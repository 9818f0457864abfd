import { signal } from '@preact/signals';
import { NONE } from '../../data/log.ts';
import { cutoff, seekTo } from '../../data/replay.ts';
import { found } from '../../data/search.ts';
import { bookmarks, go, say, session, view } from '../../data/store.ts';
import { log, marked, rowOf, rows, selected, slowMs, toggled } from '../../data/timeline.ts';
import { indexOfKey, type ListHandle } from '../parts/virtual-list.tsx';
import { dropDeferred, whenKnown } from './deferred-actions.ts';

/** The timeline's list while it is on the page. */
export const list = signal<ListHandle | undefined>(undefined);

/** The event that was selected on this page; another one in the URL comes from a link or the back button. */
export const chosen = { id: '' };

/** Selects a row that the reader points at; what was asked for before is forgotten. */
export function select(at: number, where: 'nearest' | 'center' = 'nearest'): void {
  dropDeferred();
  whenKnown('the row', () => trySelect(at, where));
}

/** Rows whose bodies were asked for, so that they are asked for once. */
let asked = { log: log.peek(), at: NONE };

/**
 * Selects a row if its event is known; its id goes into the URL. Ends following: the reader has found something.
 * Answers false while the event is being read.
 * @param from the field that gives the focus away; any other in which the reader is by then keeps it, for what is typed
 * next would be taken for shortcuts
 */
function trySelect(at: number, where: 'nearest' | 'center' = 'nearest', from?: Element | null): boolean {
  const current = log.peek();
  const id = current.rowData[at]?.id;
  if (id === undefined) {
    if (at >= current.length) return true;
    if (asked.log !== current || asked.at !== at)
      void session
        .peek()
        ?.want(at, at)
        .catch(() => {});
    asked = { log: current, at };
    return false;
  }
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
  return true;
}

/** Goes to an event from elsewhere on the page: it becomes visible whatever is filtered. */
export function jumpTo(at: number): void {
  if (at === NONE) return;
  const current = log.peek();
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

/** Goes to an event by its id, as soon as the log has been read far enough to know it. */
export function jumpToEvent(id: string): void {
  whenKnown('the event', () => {
    const at = log.peek().ordinalOfId(id);
    if (at !== NONE) jumpTo(at);
    else if (isRead()) say('The log does not hold this event');
    return at !== NONE || isRead();
  });
}

/** Goes to the newest event that satisfies, when the log has been read far enough to know it. */
export function jumpWhere(what: string, test: (at: number) => boolean): void {
  whenKnown(what, () => {
    const current = log.peek();
    let at = current.length - 1;
    while (at >= 0 && !test(at)) at--;
    if (at !== NONE) jumpTo(at);
    else if (isRead()) say(`The log does not hold ${what}`);
    return at !== NONE || isRead();
  });
}

/** Moves the selection by rows. */
export function move(by: number): void {
  whenKnown(`${Math.abs(by) > 1 ? 'a page' : 'a row'} ${by > 0 ? 'down' : 'up'}`, () => {
    const all = rows.peek().rows;
    if (all.length === 0) return isRead();
    const current = selected.peek();
    const from = current === NONE ? (by > 0 ? -1 : all.length) : indexOfKey(all, current);
    return trySelect(all[Math.min(all.length - 1, Math.max(0, from + by))]!);
  });
}

/** Moves the selection by as many rows as are on the screen; the last of them stays in view. */
export function movePage(direction: 1 | -1): void {
  const shown = list.peek()?.shown() ?? 1;
  move(direction * Math.max(1, shown - 1));
}

/** First or last row. The newest rows come first, so that the last is known from the beginning. */
export function moveTo(end: 'first' | 'last'): void {
  whenKnown(`${end} row`, () => {
    const all = rows.peek().rows;
    const at = end === 'first' ? all[0] : all.at(-1);
    const isPlain = view.peek().q === '' && view.peek().scope === '';
    const isKnown = end === 'last' ? all.length > 0 : isPlain && session.peek()?.indexed.peek() === true;
    if (!isKnown && !isRead()) return false;
    return at === undefined || trySelect(at);
  });
}

/** Whether nothing more will be learnt of the past: everything is read, or there is nothing to read. */
function isRead(): boolean {
  const current = session.peek();
  return !current || current.complete.peek() || current.phase.peek() === 'waiting';
}

/** What a reader looks for among rows. */
export interface Aim {
  readonly what: string;
  test(at: number): boolean;
  /** Whether the answer of `test` is final while the log is still being read. */
  knows(at: number): boolean;
}

export const ERROR: Aim = {
  what: 'error',
  test: at => log.peek().outcome(at) === 'error',
  knows: at => log.peek().rowData[at] !== undefined && log.peek().outcome(at) !== 'pending',
};
/** What is slow depends on all calls. */
export const SLOW: Aim = { what: 'slow call', test: at => log.peek().took(at) > slowMs.peek(), knows: () => false };
export const TOOL: Aim = {
  what: 'tool call',
  test: at => log.peek().type[at] === 'tool_use_pre',
  knows: () => true,
};
export const BOOKMARK: Aim = {
  what: 'bookmark',
  test: at => bookmarks.peek().has(log.peek().rowData[at]?.id ?? ''),
  knows: at => log.peek().rowData[at] !== undefined,
};

/** Next or previous row that satisfies, as soon as it is certain which one that is; says so when there is none. */
export function moveWhere(direction: 1 | -1, { what, test, knows }: Aim): void {
  whenKnown(`${direction > 0 ? 'next' : 'previous'} ${what}`, () => {
    const all = rows.peek().rows;
    const current = selected.peek();
    let index = current === NONE ? (direction > 0 ? -1 : all.length) : indexOfKey(all, current);
    for (index += direction; index >= 0 && index < all.length; index += direction) {
      if (!isRead() && !knows(all[index]!)) return false;
      if (test(all[index]!)) return trySelect(all[index]!, 'center');
    }
    if (isRead()) say(`No ${direction > 0 ? 'further' : 'earlier'} ${what}`);
    return isRead();
  });
}

/** Next or previous hit of the search, around the end. */
export function selectHit(direction: 1 | -1): void {
  const from = document.activeElement;
  whenKnown(direction > 0 ? 'next hit' : 'previous hit', () => {
    if (!isRead() || found.peek().searching) return false;
    const hits = marked.peek();
    if (hits.length === 0) say('No hit');
    const current = selected.peek();
    const next =
      direction > 0 ? (hits.find(at => at > current) ?? hits[0]) : (hits.findLast(at => at < current) ?? hits.at(-1));
    return next === undefined || trySelect(next, 'center', from);
  });
}

/** Opens or closes a row. */
export function toggle(at: number): void {
  const next = new Set(toggled.peek());
  const { id } = log.peek().rowData[at] ?? {};
  if (id === undefined) return;
  if (!next.delete(id)) next.add(id);
  toggled.value = next;
  if (view.peek().follow) go({ follow: false });
}
