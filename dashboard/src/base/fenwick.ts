/**
 * Prefix sums of row heights: where row i begins, and which row is at an offset, both in O(log n), while heights change
 * one by one and rows are appended at the end.
 */
export class FenwickTree {
  #tree: Float64Array;
  #values: Float64Array;
  #length = 0;

  constructor(capacity = 1024) {
    this.#tree = new Float64Array(capacity + 1);
    this.#values = new Float64Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** The sum of all values. */
  get total(): number {
    return this.prefix(this.#length);
  }

  /** Replaces everything by `length` values, in O(n). */
  reset(length: number, valueAt: (index: number) => number): void {
    this.#reserve(length);
    this.#length = length;
    const tree = this.#tree;
    tree.fill(0);
    for (let i = 1; i <= length; i++) {
      const value = valueAt(i - 1);
      this.#values[i - 1] = value;
      tree[i] = tree[i]! + value;
      const parent = i + (i & -i);
      if (parent < tree.length) tree[parent] = tree[parent]! + tree[i]!;
    }
  }

  /** Appends one value. */
  push(value: number): void {
    this.#reserve(this.#length + 1);
    const i = ++this.#length;
    this.#values[i - 1] = value;
    // Node i covers (i − lowbit(i), i]; the nodes it is made of are complete already.
    this.#tree[i] = value + this.prefix(i - 1) - this.prefix(i - (i & -i));
  }

  /** The value at `index`; 0 beyond the end. */
  get(index: number): number {
    return index < this.#length ? this.#values[index]! : 0;
  }

  /** Sets the value at `index` and answers by how much it changed. */
  set(index: number, value: number): number {
    const delta = value - this.get(index);
    if (delta === 0 || index >= this.#length) return 0;
    this.#values[index] = value;
    for (let i = index + 1; i <= this.#length; i += i & -i) this.#tree[i] = this.#tree[i]! + delta;
    return delta;
  }

  /** The sum of the first `count` values: the offset at which row `count` begins. */
  prefix(count: number): number {
    let sum = 0;
    for (let i = Math.min(count, this.#length); i > 0; i -= i & -i) sum += this.#tree[i]!;
    return sum;
  }

  /** The index whose value covers `offset`, between 0 and length − 1; −1 when empty. */
  indexAt(offset: number): number {
    if (this.#length === 0) return -1;
    let index = 0;
    let rest = Math.max(0, offset);
    let step = 2 ** Math.floor(Math.log2(this.#length));
    for (; step > 0; step = Math.floor(step / 2)) {
      const next = index + step;
      if (next <= this.#length && this.#tree[next]! <= rest) {
        index = next;
        rest -= this.#tree[next]!;
      }
    }
    return Math.min(index, this.#length - 1);
  }

  #reserve(length: number): void {
    if (length <= this.#values.length) return;
    const capacity = Math.max(length, this.#values.length * 2);
    const values = new Float64Array(capacity);
    values.set(this.#values);
    this.#values = values;
    // A wider tree has nodes that cover what is there already, so it is summed anew; growth by doubling keeps that rare.
    const used = this.#length;
    this.#tree = new Float64Array(capacity + 1);
    this.#length = used;
    for (let i = 1; i <= used; i++) {
      this.#tree[i] = this.#tree[i]! + values[i - 1]!;
      const parent = i + (i & -i);
      if (parent <= used) this.#tree[parent] = this.#tree[parent]! + this.#tree[i]!;
    }
  }
}
