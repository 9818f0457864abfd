/** ms of work after which the page lets the browser draw and answer its reader. */
const SLICE_MS = 12;

const channel = new MessageChannel();
const waiting: (() => void)[] = [];
channel.port1.onmessage = () => waiting.shift()?.();

/** Resolves in a turn of its own, after what the browser has to do. Timers would wait 4 ms and more. */
export function nextTurn(): Promise<void> {
  return new Promise(resolve => {
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });
}

/** Does something with every item, in slices short enough that no reader notices. */
export async function inSlices<Item>(items: Iterable<Item>, work: (item: Item) => void): Promise<void> {
  let until = performance.now() + SLICE_MS;
  for (const item of items) {
    work(item);
    if (performance.now() < until) continue;
    await nextTurn();
    until = performance.now() + SLICE_MS;
  }
}

/** Resolves when the browser has drawn what is there now; at once while the page is hidden, where nothing is drawn. */
export function drawn(): Promise<void> {
  if (document.hidden) return nextTurn();
  return new Promise(resolve => requestAnimationFrame(() => void nextTurn().then(resolve)));
}
