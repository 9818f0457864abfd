import { FenwickTree } from '../../base/fenwick.ts';

/** Browsers stop laying out somewhere above 16 million px: beyond this the scroll bar is a scaled picture of the list. */
const SCROLL_PX_MAX = 10_000_000;

/** What stays where it is on the screen while rows around it change. */
export interface Anchor {
  readonly key: number;
  /** px from the top of the viewport to the top of the row; negative when it is cut. */
  readonly top: number;
}

/**
 * The geometry of a list with rows of different heights: which rows a viewport shows, and where. Knows nothing of the
 * DOM: the component tells it heights as they are measured, and asks.
 */
export class VirtualWindow {
  readonly #heights = new FenwickTree();
  /** Measured heights by key; estimates hold for all others. */
  readonly #measured = new Map<number, number>();
  #keyAt: (index: number) => number = index => index;
  #indexOf: (key: number) => number = key => key;

  get count(): number {
    return this.#heights.length;
  }

  get total(): number {
    return this.#heights.total;
  }

  /** Height of the scrolled element, px. */
  get scrollHeight(): number {
    return Math.min(this.total, SCROLL_PX_MAX);
  }

  /** Takes over other rows. `indexOf` answers where a key is now, or the nearest row when it is gone. */
  reset(
    count: number,
    source: { keyAt(index: number): number; indexOf(key: number): number; estimate(key: number): number },
  ): void {
    this.#keyAt = source.keyAt;
    this.#indexOf = source.indexOf;
    this.#heights.reset(count, index => {
      const key = source.keyAt(index);
      return this.#measured.get(key) ?? source.estimate(key);
    });
  }

  /** Rows were added at the end. */
  extend(count: number, estimate: (key: number) => number): void {
    for (let index = this.count; index < count; index++) {
      const key = this.#keyAt(index);
      this.#heights.push(this.#measured.get(key) ?? estimate(key));
    }
  }

  /** Forgets measured heights: widths or density changed. */
  forget(key?: number): void {
    if (key === undefined) this.#measured.clear();
    else this.#measured.delete(key);
  }

  /** A row was measured. Answers by how much its height changed, px. */
  measure(key: number, height: number): number {
    this.#measured.set(key, height);
    const index = this.#indexOf(key);
    return this.#keyAt(index) === key ? this.#heights.set(index, height) : 0;
  }

  /** px from the top of the list to the top of a row. */
  top(index: number): number {
    return this.#heights.prefix(index);
  }

  height(index: number): number {
    return this.#heights.get(index);
  }

  /** The rows that a viewport shows, with `overscan` more on either side. */
  range(offset: number, viewport: number, overscan: number): { start: number; end: number } {
    if (this.count === 0) return { start: 0, end: 0 };
    const first = this.#heights.indexAt(offset);
    const last = this.#heights.indexAt(offset + viewport);
    return { start: Math.max(0, first - overscan), end: Math.min(this.count, last + 1 + overscan) };
  }

  /** px of the list above the viewport, for a position of the scroll bar. */
  offsetOf(scrollTop: number, viewport: number): number {
    const travel = this.scrollHeight - viewport;
    return travel <= 0 ? 0 : (scrollTop * (this.total - viewport)) / travel;
  }

  /** The position of the scroll bar at which `offset` px of the list are above the viewport. */
  scrollTopOf(offset: number, viewport: number): number {
    const travel = this.total - viewport;
    return travel <= 0 ? 0 : (Math.min(Math.max(0, offset), travel) * (this.scrollHeight - viewport)) / travel;
  }

  /** What to hold on to at an offset. */
  anchorAt(offset: number): Anchor | undefined {
    const index = this.#heights.indexAt(offset);
    return index < 0 ? undefined : { key: this.#keyAt(index), top: this.top(index) - offset };
  }

  /** The offset at which an anchor is where it was. */
  offsetFor(anchor: Anchor): number {
    return Math.max(0, this.top(this.#indexOf(anchor.key)) - anchor.top);
  }
}
