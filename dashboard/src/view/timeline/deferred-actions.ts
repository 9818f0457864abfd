import { computed, effect, signal } from '@preact/signals';
import { whole } from '../../base/text.ts';
import { found } from '../../state/search.ts';
import { session } from '../../state/store.ts';

/** Something that the reader asked for before the page could know what is meant. */
interface DeferredAction {
  /** In words, to follow "then". */
  readonly what: string;
  isPossible(): boolean;
  act(): void;
}

const deferred = signal<readonly DeferredAction[]>([]);
let stop: (() => void) | undefined;

/** Whether nothing more will be learnt of the past: everything is read, or there is nothing to read. */
export function isRead(): boolean {
  const current = session.peek();
  return !current || current.complete.peek() || current.phase.peek() === 'waiting';
}

/**
 * Does what the reader asks for: at once where that is possible, else as soon as it is, in the order in which it was asked for,
 * so that `g` and then `e` is the first error and not the next.
 * @param what in words, to follow "then" @param isPossible absent, it is when the log is read
 */
export function whenPossible(what: string, act: () => void, isPossible: () => boolean = isRead): void {
  deferred.value = [...deferred.peek(), { what, act, isPossible }];
  runDeferred();
  if (deferred.peek().length > 0) stop ??= keepTrying();
}

/** Forgets what was asked for. Answers whether there was anything. */
export function dropDeferred(): boolean {
  const had = deferred.peek().length > 0;
  deferred.value = [];
  stop?.();
  stop = undefined;
  return had;
}

/** Tries again when the log is read, and when a search ends, until nothing is left. */
function keepTrying(): () => void {
  const { adwId } = session.peek() ?? {};
  return effect(() => {
    void session.value?.complete.value;
    void found.value;
    // In a turn of its own: rows and hits take in the same change first, and deferred actions change what is shown.
    queueMicrotask(() => (session.peek()?.adwId === adwId ? runDeferred() : void dropDeferred()));
  });
}

function runDeferred(): void {
  for (let [next, ...rest] = deferred.peek(); next?.isPossible(); [next, ...rest] = deferred.peek()) {
    deferred.value = rest;
    next.act();
  }
  if (deferred.peek().length === 0) dropDeferred();
}

/** What the page is still learning and will then do, in words; empty while nothing waits. */
export const learning = computed(() => {
  const current = session.value;
  if (deferred.value.length === 0 || !current) return '';
  const read = current.complete.value ? 0 : current.rowsRead.value;
  const progress = read > 0 ? ` (${whole(read)} of ${whole(current.summary.value?.totals.events ?? read)} events)` : '';
  return `Still reading the log${progress}, then: ${deferred.value.map(({ what }) => what).join(', ')}`;
});
