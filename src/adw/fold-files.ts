import { changedLines } from './changed-lines.ts';
import { changed } from './fold-loops.ts';
import { type FoldStep, OTHER_ROLE } from './fold-step.ts';
import { isBefore } from './fold-ticket.ts';
import { earlier, entryOf, fieldsOf, later, setEntry, textOf } from './read.ts';
import type { FileTouched, ShownFile } from './state.ts';

/** Changed files kept by name in one ADW; changes of further ones still count in the totals. */
const FILES_MAX = 3_000;
/** Screenshots, and specs, kept by name in one ADW. */
const SHOWN_FILES_MAX = 1_000;
/** Items kept of one todo list. */
const TODO_ITEMS_MAX = 200;

export function fileChanged(step: FoldStep): void {
  const { state, data, ms } = step;
  changed(step);
  const path = textOf(data.file_path, 1024);
  if (path === null) return;
  const { added = null, removed = null } = changedLines(data);
  state.counts.linesAdded += added ?? 0;
  state.counts.linesRemoved += removed ?? 0;
  const role = textOf(data.agent_role, 200);
  const file: FileTouched = entryOf(state.files, path) ?? {
    operation: '',
    role,
    linesAdded: 0,
    linesRemoved: 0,
    changes: 0,
    firstMs: ms,
    lastMs: ms,
  };
  // A file that this run created stays created, however often it is edited after.
  if (file.operation !== 'created') file.operation = textOf(data.operation, 40) ?? 'modify';
  file.role = role ?? file.role;
  file.linesAdded = sumOrNull(file.linesAdded, added);
  file.linesRemoved = sumOrNull(file.linesRemoved, removed);
  file.changes += 1;
  file.firstMs = earlier(file.firstMs, ms);
  file.lastMs = later(file.lastMs, ms);
  if (!setEntry(state.files, path, file, FILES_MAX)) state.beyondLimits += 1;
}

/** A sum of which a part is not known is not known. */
function sumOrNull(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

export function screenshotAvailable(step: FoldStep): void {
  show(step, step.state.screenshots, { path: step.data.screenshot_path, kind: step.data.screenshot_type });
}

export function specCreated(step: FoldStep): void {
  const { state, data, ms } = step;
  const text = textOf(fieldsOf(data.metadata).title, 200);
  const known = state.ticket.planTitle;
  if (text !== null && data.spec_type === 'plan' && (known === null || isBefore({ text, ms }, known)))
    state.ticket.planTitle = { text, ms };
  show(step, step.state.specs, { path: step.data.spec_path, kind: step.data.spec_type });
}

function show({ state, data, ms }: FoldStep, list: ShownFile[], shown: { path: unknown; kind: unknown }): void {
  const path = textOf(shown.path, 1024);
  if (path === null) return;
  const url = textOf(data.url, 2048);
  const known = list.find(one => one.path === path);
  if (known !== undefined) {
    known.url = url ?? known.url;
    known.kind = textOf(shown.kind, 40) ?? known.kind;
    known.ms = later(known.ms, ms);
    known.versions += 1;
  } else if (list.length < SHOWN_FILES_MAX) {
    list.push({ path, kind: textOf(shown.kind, 40) ?? '', url, role: textOf(data.agent_role, 200), ms, versions: 1 });
  } else {
    state.beyondLimits += 1;
  }
}

export function todoUpdate({ state, data, ms }: FoldStep): void {
  if (!Array.isArray(data.items)) return;
  const items = data.items.slice(0, TODO_ITEMS_MAX).map(item => {
    const { content, state: itemState } = fieldsOf(item);
    return { content: textOf(content) ?? '', state: textOf(itemState, 40) ?? 'pending' };
  });
  setEntry(state.todos, textOf(data.agent_role, 200) ?? OTHER_ROLE, { ms, items }, 500);
}
