import { firstIndex } from '../../base/first-index.ts';
import type { Frame } from './frame.ts';

/** The newest frames of the log, bounded by bytes: subscribers that are a little behind are served from it. */
export class Ring {
  /** Every event after this seq is in the ring. */
  floor: number;
  readonly #bytesMax: number;
  /** Evicted places are undefined until the array is cut, which is now and then, not at every eviction. */
  #frames: (Frame | undefined)[] = [];
  #first = 0;
  #bytes = 0;

  /** @param head the seq after which the ring begins to know the log */
  constructor(head: number, bytesMax: number) {
    this.floor = head;
    this.#bytesMax = bytesMax;
  }

  /** Bytes that the ring holds, about. */
  get bytes(): number {
    return this.#bytes;
  }

  push(frame: Frame): void {
    this.#frames.push(frame);
    this.#bytes += frame.size;
    this.#fit();
  }

  #fit(): void {
    while (this.#bytes > this.#bytesMax) this.#evict();
    if (this.#first > 1024 && this.#first > this.#frames.length / 2) {
      this.#frames = this.#frames.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Puts what came before the ring began in front: every event after `floor`, oldest first. Only before it is full. */
  prepend(frames: readonly Frame[], floor: number): void {
    this.#frames = [...frames, ...this.#frames.slice(this.#first)];
    this.#first = 0;
    for (const frame of frames) this.#bytes += frame.size;
    this.floor = floor;
    this.#fit();
  }

  /** The frames after `seq`, oldest first. Complete only when `seq` is not below {@link floor}. */
  *after(seq: number): Generator<Frame> {
    for (let index = this.#indexAfter(seq); index < this.#frames.length; index++) yield this.#at(index);
  }

  #evict(): void {
    const frame = this.#at(this.#first);
    this.#frames[this.#first] = undefined;
    this.#first++;
    this.#bytes -= frame.size;
    this.floor = frame.seq;
  }

  #indexAfter(seq: number): number {
    const first = this.#first;
    return first + firstIndex(this.#frames.length - first, index => this.#at(first + index).seq > seq);
  }

  #at(index: number): Frame {
    return this.#frames[index] as Frame;
  }
}
