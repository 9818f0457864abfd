import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { firstIndex } from '../../../../src/base/first-index.ts';
import { drawn } from '../../base/turn.ts';
import { VirtualWindow } from './virtual-window.ts';

/** px from the bottom within which a reader counts as being there. */
const AT_BOTTOM_PX = 40;
const OVERSCAN = 8;
/** The share of the window that a list is taken to fill before it is measured. */
const FILLED = 0.55;

/** What the list shows. `rows` may grow in place; `version` says that it did, `shape` that it is another list. */
export interface VirtualListProps {
  readonly rows: readonly number[];
  readonly version: number;
  readonly shape: string;
  /** Where a key of the list before is in this one, where keys have got another meaning; measured heights are forgotten then. */
  readonly rekey?: ((key: number) => number) | undefined;
  /** What a row is of, where keys are only places in the list: its element moves with it. */
  readonly identify?: (key: number) => string;
  readonly estimate: (key: number) => number;
  /** Draws one row; `index` is its place among the rows. */
  readonly row: (key: number, index: number) => ComponentChildren;
  /** Whether the end of the list is held in view. */
  readonly follow: boolean;
  /** A row that stays in the document wherever the reader scrolls, because it has the focus; absent for none. */
  readonly keep?: number;
  /** The reader scrolled to the end (true) or away from it (false). */
  readonly onFollow?: (follow: boolean) => void;
  /** Told which keys are on the screen. */
  readonly onRange?: (first: number, last: number) => void;
  readonly handle?: (handle: ListHandle) => void;
  readonly label: string;
  readonly role?: 'feed' | 'list' | 'rowgroup';
  readonly busy?: boolean;
  readonly class?: string;
  readonly empty?: ComponentChildren;
}

/** What the surroundings may ask of a list. */
export interface ListHandle {
  /** Brings a row into view; `center` also when it is visible already. */
  reveal(key: number, where?: 'nearest' | 'center' | 'start'): void;
  /** How many rows are on the screen. */
  shown(): number;
}

/** Where a key is among ascending rows, or the nearest place. */
export function indexOfKey(rows: readonly number[], key: number): number {
  return firstIndex(Math.max(0, rows.length - 1), index => rows[index]! >= key);
}

/** Rows of different heights, of which only those on the screen exist. Content under the reader's eyes never moves. */
export function VirtualList(props: VirtualListProps) {
  const [, redraw] = useState(0);
  const list = useRef<Engine | null>(null);
  list.current ??= new Engine(() => redraw(tick => tick + 1));
  const engine = list.current;
  engine.props = props;
  engine.sync();
  useLayoutEffect(() => engine.settle());
  useEffect(() => () => engine.dispose(), [engine]);
  const indexes = engine.visible();
  return (
    <div
      ref={engine.attach}
      class={`virtual ${props.class ?? ''}`}
      role={props.role ?? 'list'}
      {...{ 'aria-label': props.label, 'aria-busy': props.busy ? 'true' : 'false' }}
      tabIndex={props.rows.length === 0 ? 0 : -1}
      onScroll={engine.onScroll}
    >
      <div class="virtual-space" ref={engine.attachSpace} onMouseDown={engine.onPress}>
        {indexes.map(index => (
          <Slot
            key={props.identify?.(props.rows[index]!) ?? props.rows[index]!}
            engine={engine}
            rowKey={props.rows[index]!}
            index={index}
            role={props.role ?? 'list'}
          >
            {props.row(props.rows[index]!, index)}
          </Slot>
        ))}
      </div>
      {props.rows.length === 0 && props.empty}
    </div>
  );
}

interface SlotProps {
  readonly engine: Engine;
  readonly rowKey: number;
  readonly index: number;
  readonly role: string;
  readonly children: ComponentChildren;
}

function Slot({ engine, rowKey, index, role, children }: SlotProps) {
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => engine.watch(element.current!, rowKey), [engine, rowKey, engine.forgotten]);
  return (
    <div
      ref={element}
      class="slot"
      {...(role === 'list' ? { role: 'listitem' } : {})}
      style={{ transform: `translateY(${engine.place(index)}px)` }}
    >
      {children}
    </div>
  );
}

/** Ties the geometry to the DOM: scrolling, measuring, anchoring. */
class Engine {
  props!: VirtualListProps;
  /** Counts how often heights were forgotten: rows that stay are measured anew, though they stay as tall as they are. */
  forgotten = 0;
  readonly #window = new VirtualWindow();
  readonly #redraw: () => void;
  readonly #keys = new WeakMap<Element, number>();
  readonly #rowsObserver = new ResizeObserver(entries => this.#measured(entries));
  readonly #boxObserver = new ResizeObserver(() => this.#resized());
  #element: HTMLElement | null = null;
  #space: HTMLElement | null = null;
  #viewport = Math.round(innerHeight * FILLED);
  /** Rows beyond the screen wait until those on it are drawn. */
  #overscan = 0;
  #width = 0;
  #offset = 0;
  #shape = '';
  /** Where the scroll bar was when rows were last drawn for it, px. */
  #top = 0;
  #frame = 0;

  constructor(redraw: () => void) {
    this.#redraw = redraw;
  }

  readonly attach = (element: HTMLElement | null): void => {
    if (element === this.#element) return;
    this.#boxObserver.disconnect();
    this.#element = element;
    if (element === null) return;
    this.#viewport = element.clientHeight || this.#viewport;
    this.#width = element.clientWidth;
    this.#boxObserver.observe(element);
    this.props.handle?.({
      reveal: (key, where = 'nearest') => this.#reveal(key, where),
      shown: () => {
        const { start, end } = this.#window.range(this.#offset, this.#viewport, 0);
        return end - start;
      },
    });
  };

  readonly attachSpace = (element: HTMLElement | null): void => {
    this.#space = element;
  };

  /** Takes over changed rows before drawing. */
  sync(): void {
    const { rows, shape, estimate } = this.props;
    const source = {
      keyAt: (index: number) => rows[index]!,
      indexOf: (key: number) => indexOfKey(rows, key),
      estimate,
    };
    if (shape !== this.#shape || rows.length < this.#window.count) {
      const anchor = this.#window.count > 0 ? this.#window.anchorAt(this.#offset) : undefined;
      const { rekey } = this.props;
      this.#shape = shape;
      if (rekey) this.#forget();
      this.#window.reset(rows.length, source);
      if (anchor) this.#offset = this.#window.offsetFor(rekey ? { ...anchor, key: rekey(anchor.key) } : anchor);
    } else if (rows.length > this.#window.count) {
      this.#window.extend(rows.length, estimate);
    }
    const end = Math.max(0, this.#window.total - this.#viewport);
    // A list that has become shorter ends higher up.
    this.#offset = this.props.follow ? end : Math.min(this.#offset, end);
  }

  /** The rows that exist: those on the screen and a few around it, and the one to keep. */
  visible(): number[] {
    const { start, end } = this.#window.range(this.#offset, this.#viewport, this.props.follow ? 0 : this.#overscan);
    const indexes = Array.from({ length: end - start }, (_, i) => start + i);
    const { keep, rows } = this.props;
    const kept = keep === undefined ? -1 : indexOfKey(rows, keep);
    if (kept < 0 || rows[kept] !== keep || (kept >= start && kept < end)) return indexes;
    return kept < start ? [kept, ...indexes] : [...indexes, kept];
  }

  /** Where a row is drawn inside the scrolled element, px. */
  place(index: number): number {
    // In a scaled list the rows are laid out around the viewport, not at their scaled places.
    const scrollTop = this.#window.scrollTopOf(this.#offset, this.#viewport);
    return this.#window.top(index) - this.#offset + scrollTop;
  }

  /** After drawing: the scroll bar follows what was decided. */
  settle(): void {
    const element = this.#element;
    if (!element || !this.#space) return;
    // Rows were drawn for where the reader was before.
    if (this.#takeScroll()) this.#schedule();
    this.#space.style.height = `${this.#window.scrollHeight}px`;
    const wanted = this.#window.scrollTopOf(this.#offset, this.#viewport);
    if (Math.abs(element.scrollTop - wanted) > 0.5) element.scrollTop = wanted;
    this.#top = element.scrollTop;
    const { start, end } = this.#window.range(this.#offset, this.#viewport, 0);
    if (end > start) this.props.onRange?.(this.props.rows[start]!, this.props.rows[end - 1]!);
    if (this.#overscan > 0 || end === start) return;
    this.#overscan = OVERSCAN;
    void drawn().then(this.#redraw);
  }

  readonly onScroll = (): void => {
    if (this.#takeScroll()) this.#schedule();
  };

  /** Rows stay under the reader's pointer: one that moved away before the button is released would not be clicked. */
  readonly onPress = (): void => {
    if (this.props.follow) this.props.onFollow?.(false);
  };

  /**
   * Takes over where the reader scrolled to, also before the browser says so: whatever is drawn meanwhile would put the
   * list back. Answers whether the reader did.
   */
  #takeScroll(): boolean {
    const element = this.#element;
    if (!element) return false;
    const top = element.scrollTop;
    const by = top - this.#top;
    if (Math.abs(by) < 1) return false;
    this.#top = top;
    this.#offset = this.#window.offsetOf(top, this.#viewport);
    // A list that becomes shorter, or a taller window, moves the end and not the reader.
    const isAtEnd = element.scrollHeight - element.clientHeight - top <= 1;
    const isNearEnd = this.#window.total - this.#offset - this.#viewport <= AT_BOTTOM_PX;
    if (this.props.follow && by < 0 && !isAtEnd) this.props.onFollow?.(false);
    else if (!this.props.follow && by > 0 && isNearEnd) this.props.onFollow?.(true);
    return true;
  }

  watch(element: HTMLElement, key: number): () => void {
    this.#keys.set(element, key);
    this.#rowsObserver.observe(element);
    return () => this.#rowsObserver.unobserve(element);
  }

  dispose(): void {
    this.#rowsObserver.disconnect();
    this.#boxObserver.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  #measured(entries: readonly ResizeObserverEntry[]): void {
    this.#takeScroll();
    const anchor = this.#window.anchorAt(this.#offset);
    let changed = 0;
    for (const entry of entries) {
      const key = this.#keys.get(entry.target);
      const height = entry.borderBoxSize[0]?.blockSize ?? 0;
      if (key !== undefined && height > 0) changed += Math.abs(this.#window.measure(key, height));
    }
    if (changed < 0.5) return;
    if (anchor) this.#offset = this.#window.offsetFor(anchor);
    this.#redraw();
  }

  #resized(): void {
    const element = this.#element;
    if (!element || element.clientHeight === 0) return;
    if (element.clientWidth !== this.#width && this.#width !== 0) this.#forget();
    this.#width = element.clientWidth;
    this.#viewport = element.clientHeight;
    this.#redraw();
  }

  #forget(): void {
    this.#window.forget();
    this.forgotten++;
  }

  #reveal(key: number, where: 'nearest' | 'center' | 'start'): void {
    const index = indexOfKey(this.props.rows, key);
    const [top, height] = [this.#window.top(index), this.#window.height(index)];
    const visible = top >= this.#offset && top + height <= this.#offset + this.#viewport;
    if (where === 'nearest' && visible) return;
    if (where === 'start') this.#scrollTo(top);
    else if (where === 'center') this.#scrollTo(top - this.#viewport / 3);
    else this.#scrollTo(top < this.#offset ? top : top + height - this.#viewport);
  }

  #scrollTo(offset: number): void {
    this.#offset = Math.min(Math.max(0, offset), Math.max(0, this.#window.total - this.#viewport));
    this.#redraw();
  }

  #schedule(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#redraw();
    });
  }
}
