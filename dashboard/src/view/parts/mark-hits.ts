import { effect } from '@preact/signals';
import { query } from '../../state/search.ts';
import { selected } from '../../state/timeline.ts';

/** Where hits are marked. */
const PLACES = '.row-summary, .row-body, .inspector-body, .inspector-summary';
/** Characters of text that are looked through for one picture: the rows on the screen, and a body of some size. */
const CHARS_MAX = 500_000;
const HITS_MAX = 2_000;
const NAME = 'search-hit';

/**
 * Marks what the search looks for in rows and bodies, as they come onto the page. The browser's own highlights lie over the text, so that
 * nothing in the document changes; one that has none marks whole rows only.
 */
export function keepHitsMarked(): void {
  const { highlights } = CSS as { highlights?: HighlightRegistry };
  if (!highlights) return;
  let frame = 0;
  /** The selected row whose first hit was scrolled to, and where that stood; later scrolling is the reader's, until another text stands there. */
  let shown: { readonly place: string; readonly node: Node } | undefined;
  const mark = () => {
    frame = 0;
    const pattern = patternOf(query.peek());
    const ranges = pattern ? [...rangesIn(document.querySelectorAll(PLACES), pattern)] : [];
    highlights.set(NAME, new Highlight(...ranges));
    const place = `${selected.peek()} ${pattern?.source ?? ''}`;
    const inBody = ranges.find(range => range.startContainer.parentElement?.closest('.inspector-body'));
    if (inBody && (place !== shown?.place || !shown.node.isConnected)) {
      shown = { place, node: inBody.startContainer };
      scrollTo(inBody);
    }
  };
  const schedule = () => {
    if (frame === 0) frame = requestAnimationFrame(mark);
  };
  const observer = new MutationObserver(schedule);
  effect(() => {
    const pattern = patternOf(query.value);
    void selected.value;
    if (pattern) observer.observe(document.body, { subtree: true, childList: true, characterData: true });
    else observer.disconnect();
    schedule();
  });
}

/** Brings a range into view in all that scrolls around it; its element may be longer than what is seen of it. */
function scrollTo(range: Range): void {
  for (let box = range.startContainer.parentElement; box; box = box.parentElement) {
    if (!/auto|scroll/.test(getComputedStyle(box).overflowY)) continue;
    const [hit, seen] = [range.getBoundingClientRect(), box.getBoundingClientRect()];
    if (hit.top < seen.top || hit.bottom > seen.bottom) box.scrollTop += hit.top - seen.top - seen.height / 3;
  }
}

/** What the words or the expression of a query match; undefined where it asks for no text. Words match where they begin. */
function patternOf({ words, regex }: { words: string; regex: RegExp | undefined }): RegExp | undefined {
  if (regex) return new RegExp(regex.source, `${regex.flags.replaceAll(/[gy]/g, '')}g`);
  const parts = words.match(/[\p{L}\p{N}]+/gu);
  if (!parts) return undefined;
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${parts.toSorted((a, b) => b.length - a.length).join('|')})`, 'giu');
}

function* rangesIn(places: Iterable<Element>, pattern: RegExp): Generator<Range> {
  let [chars, hits] = [0, 0];
  for (const place of places) {
    const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.nodeValue ?? '';
      chars += text.length;
      if (chars > CHARS_MAX) return;
      for (const match of text.matchAll(pattern)) {
        if (match[0] === '') continue;
        if (++hits > HITS_MAX) return;
        const range = document.createRange();
        range.setStart(node, match.index);
        range.setEnd(node, match.index + match[0].length);
        yield range;
      }
    }
  }
}
