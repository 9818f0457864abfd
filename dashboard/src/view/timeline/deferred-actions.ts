import { computed, effect, signal } from '@preact/signals';
import { whole } from '../../base/text.ts';
import { found } from '../../data/search.ts';
import { session } from '../../data/store.ts';

/** Something that the reader asked for before the page knew enough of the log to do it. */
interface DeferredAction {
  /** In words, to follow "then". */
  readonly what: string;
  /** Does it if enough is known by now; answers whether it did. */
  attempt(): boolean;
}

const deferred = signal<readonly DeferredAction[]>([]);
let stop: (() => void) | undefined;

/**
 * Does what the reader asks for: at once where the page knows enough, else as soon as it does, in the order in which it
 * was asked for, so that `g` and then `e` is the first error and not the next.
 * @param what in words, to follow "then" @param attempt does it if enough is known, and answers whether it did
 */
export function whenKnown(what: string, attempt: () => boolean): void {
  if (deferred.peek().length === 0 && attempt()) return;
  deferred.value = [...deferred.peek(), { what, attempt }];
  stop ??= keepTrying();
}

/** Forgets what was asked for. Answers whether there was anything. */
export function dropDeferred(): boolean {
  const had = deferred.peek().length > 0;
  deferred.value = [];
  stop?.();
  stop = undefined;
  return had;
}

/** Tries again whenever the page has learnt something, until nothing is left. */
function keepTrying(): () => void {
  const { adwId } = session.peek() ?? {};
  const dispose = effect(() => {
    const current = session.value;
    void current?.revision.value;
    void current?.indexed.value;
    void current?.complete.value;
    void found.value;
    // In a turn of its own: rows and hits take in the same change first, and deferred actions change what is shown.
    queueMicrotask(() => (session.peek()?.adwId === adwId ? runDeferred() : void dropDeferred()));
  });
  return dispose;
}

function runDeferred(): void {
  for (let [next, ...rest] = deferred.peek(); next?.attempt(); [next, ...rest] = deferred.peek()) deferred.value = rest;
  if (deferred.peek().length === 0) dropDeferred();
}

/** What the page is still learning and will then do, in words; empty while nothing waits. */
export const learning = computed(() => {
  const [next] = deferred.value;
  const current = session.value;
  if (!next || !current) return '';
  void current.revision.value;
  const { known, length } = current.log.value;
  const progress =
    current.indexed.value && !current.complete.value ? ` (${whole(known)} of ${whole(length)} events)` : '';
  return `Still reading the log${progress}, then: ${deferred.value.map(({ what }) => what).join(', ')}`;
});
