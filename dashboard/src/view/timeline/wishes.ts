import { computed, effect, signal } from '@preact/signals';
import { whole } from '../../base/text.ts';
import { found } from '../../data/search.ts';
import { session } from '../../data/store.ts';

/** Something that the reader asked for before the page knew enough of the log to do it. */
interface Wish {
  /** In words, to follow "then". */
  readonly what: string;
  /** Does it if enough is known by now; answers whether it did. */
  fulfil(): boolean;
}

const wishes = signal<readonly Wish[]>([]);
let stop: (() => void) | undefined;

/**
 * Does what the reader asks for: at once where the page knows enough, else as soon as it does. Wishes are fulfilled in
 * the order in which they were made, so that `g` and then `e` is the first error and not the next.
 */
export function wish(what: string, fulfil: () => boolean): void {
  if (wishes.peek().length === 0 && fulfil()) return;
  wishes.value = [...wishes.peek(), { what, fulfil }];
  stop ??= keepWishes();
}

/** Forgets what was asked for. Answers whether there was anything. */
export function forgetWishes(): boolean {
  const had = wishes.peek().length > 0;
  wishes.value = [];
  stop?.();
  stop = undefined;
  return had;
}

/** Tries again whenever the page has learnt something, until nothing is left. */
function keepWishes(): () => void {
  const { adwId } = session.peek() ?? {};
  const dispose = effect(() => {
    const current = session.value;
    void current?.revision.value;
    void current?.indexed.value;
    void current?.complete.value;
    void found.value;
    // In a turn of its own: rows and hits take in the same change first, and wishes change what is shown.
    queueMicrotask(() => (session.peek()?.adwId === adwId ? fulfilAll() : void forgetWishes()));
  });
  return dispose;
}

function fulfilAll(): void {
  for (let [next, ...rest] = wishes.peek(); next?.fulfil(); [next, ...rest] = wishes.peek()) wishes.value = rest;
  if (wishes.peek().length === 0) forgetWishes();
}

/** What the page is still learning and will then do, in words; empty while nothing waits. */
export const learning = computed(() => {
  const [next] = wishes.value;
  const current = session.value;
  if (!next || !current) return '';
  void current.revision.value;
  const { known, length } = current.log.value;
  const progress =
    current.indexed.value && !current.complete.value ? ` (${whole(known)} of ${whole(length)} events)` : '';
  return `Still reading the log${progress}, then: ${wishes.value.map(({ what }) => what).join(', ')}`;
});
