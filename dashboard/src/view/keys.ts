import { messageOf } from '../../../src/base/errors.ts';
import { readRawLine } from '../data/raw-lines.ts';
import { NONE } from '../data/row-table.ts';
import { playing, roles, seek, step, summary, togglePlaying } from '../state/replay.ts';
import {
  bookmarks,
  copy,
  dialog,
  drawer,
  go,
  inspecting,
  maximised,
  prefer,
  preferences,
  say,
  session,
  view,
} from '../state/store.ts';
import { rows, selected, table, toggled } from '../state/timeline.ts';
import { cycleDensity } from './adw/tab-bar.tsx';
import { dropDeferred } from './timeline/deferred-actions.ts';
import * as moves from './timeline/moves.ts';
import { leaveScope } from './timeline/timeline.tsx';

/** One key: what it does, as help says it. Kept as data: help and handler cannot differ. */
export interface KeyRow {
  readonly keys: readonly string[];
  readonly help: string;
  readonly group: 'Move' | 'View' | 'Find' | 'Replay' | 'Copy';
  run(key: string): void;
}

/** Every single-key shortcut of an ADW's page. */
export const KEYS: readonly KeyRow[] = [
  { group: 'Move', keys: ['j', 'ArrowDown'], help: 'next row', run: () => moves.move(1) },
  { group: 'Move', keys: ['k', 'ArrowUp'], help: 'previous row', run: () => moves.move(-1) },
  { group: 'Move', keys: ['g', 'Home'], help: 'first row', run: () => moves.moveTo('first') },
  { group: 'Move', keys: ['G', 'End'], help: 'last row', run: () => moves.moveTo('last') },
  { group: 'Move', keys: ['PageDown'], help: 'a page down', run: () => moves.movePage(1) },
  { group: 'Move', keys: ['PageUp'], help: 'a page up', run: () => moves.movePage(-1) },
  { group: 'Move', keys: ['e'], help: 'next error', run: () => moves.moveWhere(1, moves.ERROR) },
  { group: 'Move', keys: ['E'], help: 'previous error', run: () => moves.moveWhere(-1, moves.ERROR) },
  { group: 'Move', keys: ['w'], help: 'next slow call', run: () => moves.moveWhere(1, moves.SLOW) },
  { group: 'Move', keys: ['W'], help: 'previous slow call', run: () => moves.moveWhere(-1, moves.SLOW) },
  { group: 'Move', keys: ['t'], help: 'next tool call', run: () => moves.moveWhere(1, moves.TOOL) },
  { group: 'Move', keys: ['T'], help: 'previous tool call', run: () => moves.moveWhere(-1, moves.TOOL) },
  { group: 'Move', keys: ['['], help: 'previous phase', run: () => movePhase(-1) },
  { group: 'Move', keys: [']'], help: 'next phase', run: () => movePhase(1) },
  { group: 'Move', keys: ['x'], help: 'into the sub-agent', run: enterScope },
  { group: 'Move', keys: ['Backspace'], help: 'out of the sub-agent', run: leaveScope },
  { group: 'View', keys: ['Enter', ' '], help: 'expand or collapse the row', run: () => onSelected(moves.toggle) },
  {
    group: 'View',
    keys: ['o'],
    help: 'open or close the inspector',
    run: () => (inspecting.value = !inspecting.value),
  },
  { group: 'View', keys: ['c'], help: 'collapse all', run: () => setAll('normal') },
  { group: 'View', keys: ['C'], help: 'expand all', run: () => setAll('expanded') },
  { group: 'View', keys: ['v'], help: 'density: compact, normal, expanded', run: () => cycleDensity() },
  {
    group: 'View',
    keys: ['z'],
    help: 'maximise the pane',
    run: () => (maximised.value = maximised.value ? '' : 'center'),
  },
  { group: 'View', keys: ['f'], help: 'follow the newest row', run: () => go({ follow: !view.peek().follow }) },
  { group: 'View', keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'], help: 'only this role', run: selectRole },
  {
    group: 'View',
    keys: ['0'],
    help: 'all roles',
    run: () => go({ role: '', attempt: undefined, scope: '', phase: '' }),
  },
  { group: 'View', keys: ['m'], help: 'bookmark the row', run: () => onSelected(bookmark) },
  {
    group: 'View',
    keys: ["'"],
    help: 'next bookmark',
    run: () => moves.moveWhere(1, moves.BOOKMARK),
  },
  { group: 'Find', keys: ['/'], help: 'search', run: focusSearch },
  { group: 'Find', keys: ['n'], help: 'next hit', run: () => moves.selectHit(1) },
  { group: 'Find', keys: ['N'], help: 'previous hit', run: () => moves.selectHit(-1) },
  { group: 'Replay', keys: ['p'], help: 'play or pause', run: () => togglePlaying() },
  { group: 'Replay', keys: ['.'], help: 'one event forward', run: () => step(1, rows.peek().all) },
  { group: 'Replay', keys: [','], help: 'one event back', run: () => step(-1, rows.peek().all) },
  { group: 'Replay', keys: ['l'], help: 'back to live', run: () => seek(undefined) },
  { group: 'Copy', keys: ['y'], help: 'copy a link to what is shown', run: () => copyLink() },
  { group: 'Copy', keys: ['Y'], help: 'copy the raw JSON line', run: () => void copyRaw().catch(sayUnread) },
  { group: 'Copy', keys: ['?'], help: 'this help', run: () => (dialog.value = 'help') },
];

const BY_KEY = new Map(KEYS.flatMap(row => row.keys.map(key => [key, row] as const)));

function onSelected(run: (at: number) => void): void {
  if (selected.peek() !== NONE) run(selected.peek());
}

function setAll(density: 'normal' | 'expanded'): void {
  toggled.value = new Set();
  const current = preferences.peek().density;
  prefer({ density: density === 'normal' && current === 'compact' ? 'compact' : density });
}

function bookmark(at: number): void {
  const { id } = table.peek().rowData[at] ?? {};
  if (id === undefined) return;
  const next = new Set(bookmarks.peek());
  say(next.delete(id) ? 'Bookmark removed' : 'Bookmarked');
  if (!bookmarks.peek().has(id)) next.add(id);
  bookmarks.value = next;
}

function enterScope(): void {
  onSelected(at => {
    const rowData = table.peek().rowData[at];
    const scope = table.peek().isCall(at) && rowData?.toolKind === 'delegate' ? rowData.useId : rowData?.parent;
    if (scope) go({ scope });
    else say('Not a sub-agent');
  });
}

function movePhase(direction: 1 | -1): void {
  const names = (summary.peek()?.phases ?? [])
    .filter(phase => phase.status !== 'pending')
    .map(phase => phase.name as string);
  const at = names.indexOf(view.peek().phase);
  go({ phase: names[at + direction] ?? '', role: '', attempt: undefined });
}

function selectRole(key: string): void {
  const role = roles.peek()[Number(key) - 1];
  if (role) go({ role: role.role, attempt: undefined, scope: '', phase: '', tab: 'timeline' });
}

function focusSearch(): void {
  const input = document.getElementById('search') as HTMLInputElement | null;
  input?.focus();
  input?.select();
}

/** Copies the page's URL: it holds everything that is shown. */
export function copyLink(): void {
  void copy(location.href, 'the link');
}

const sayUnread = (error: unknown) => say(`The line cannot be read: ${messageOf(error)}`);

async function copyRaw(): Promise<void> {
  const at = selected.peek();
  const current = session.peek();
  const event = at === NONE ? undefined : await current?.body(at);
  if (!current || !event) return;
  const raw = await readRawLine(current, event);
  await copy(raw?.text ?? JSON.stringify(event), raw ? 'the raw line' : 'the event');
}

/** Closes the innermost thing that is open. Answers whether there was one. */
function closeInnermost(): boolean {
  if (dialog.peek()) dialog.value = '';
  else if (drawer.peek()) drawer.value = false;
  else if (maximised.peek()) maximised.value = '';
  else if (dropDeferred()) return true;
  else if (playing.peek()) playing.value = false;
  else if (view.peek().scope) leaveScope();
  else if (selected.peek() !== NONE) go({ ev: '' });
  else return false;
  return true;
}

/** What takes letters; a box that is ticked or a track that is dragged takes none. */
const EDITABLE = 'input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]';
/** Keys that belong to the element with the focus, where it has a use for them. */
const OWN_KEYS: Readonly<Record<string, string>> = {
  Enter: 'button, a, summary, select',
  ' ': 'button, a, summary, input, select',
  ArrowDown: 'input',
  ArrowUp: 'input',
  ArrowLeft: 'input',
  ArrowRight: 'input',
  Home: 'input',
  End: 'input',
  PageUp: 'input',
  PageDown: 'input',
};

/** Listens to the whole page's keys. */
export function listenToKeys(): void {
  giveFocusBack();
  document.addEventListener('keydown', event => {
    // What an input method composes with is not for the page.
    if (event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      dialog.value = dialog.peek() === 'palette' ? '' : 'palette';
      return;
    }
    const target = event.target as HTMLElement;
    if (event.ctrlKey && (event.key === 'Home' || event.key === 'End') && target.closest('[role=feed]')) {
      event.preventDefault();
      (
        document.querySelector(
          event.key === 'Home' ? '[role=tab][aria-selected=true]' : '#search',
        ) as HTMLElement | null
      )?.focus();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === 'Escape') {
      if (document.querySelector('dialog[open]')) return;
      // A box that holds something is the innermost thing: the browser empties it.
      if (target instanceof HTMLInputElement && target.type === 'search' && target.value !== '') return;
      if (closeInnermost()) event.preventDefault();
      return;
    }
    if (dialog.peek() || document.querySelector('dialog[open]')) return;
    if (target.closest(EDITABLE) && target !== pointedAt) return;
    handle(event, target);
  });
}

/** The list to choose from that the pointer went to. While it is open the browser keeps the keys to itself. */
let pointedAt: HTMLSelectElement | undefined;

/** A list that was gone to with the pointer keeps no key, chosen from or not: it would be taken for another choice. */
function giveFocusBack(): void {
  let isPointing = false;
  document.addEventListener(
    'pointerdown',
    ({ target }) => {
      isPointing = true;
      pointedAt = target instanceof HTMLSelectElement ? target : undefined;
    },
    true,
  );
  document.addEventListener('focusout', ({ target }) => {
    if (target === pointedAt) pointedAt = undefined;
  });
  document.addEventListener('keydown', () => (isPointing = false), true);
  document.addEventListener('change', ({ target }) => {
    if (isPointing && target instanceof HTMLSelectElement) target.blur();
  });
}

function handle(event: KeyboardEvent, target: HTMLElement): void {
  const own = OWN_KEYS[event.key];
  if (own && target.closest(own)) return;
  const row = BY_KEY.get(event.key);
  if (!row) return;
  const single = event.key.length === 1;
  if (single && !preferences.peek().shortcuts && event.key !== ' ') return;
  if (view.peek().adwId === '' && event.key !== '?' && event.key !== '/') return;
  const scrolling = /^(Arrow|Page|Home|End)/.test(event.key);
  if (scrolling && (view.peek().tab !== 'timeline' || target.closest('.inspector, .roles, .tabs'))) return;
  event.preventDefault();
  row.run(event.key);
}
