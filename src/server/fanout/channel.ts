import { type Encoding, encode, type Piece } from './encoding.ts';
import type { Filter } from './filter.ts';
import type { Frame } from './frame.ts';

/** A live subscriber, as its channel sees it. */
export interface Member {
  /** Hands over a piece; false when there is no room for it, and then the member has left the channel. */
  take(piece: Piece): boolean;
  /** Tells the member that it has left the channel, being too slow, and has everything up to `seq`. */
  fellBehind(seq: number): void;
}

/**
 * The live subscribers that want the same events in the same encoding. What they get is put together once per flush,
 * whatever their number; what is left per subscriber is one write to its socket.
 */
export class Channel {
  readonly filter: Filter;
  readonly key: string;
  readonly encoding: Encoding;
  readonly #epoch: string;
  readonly #members = new Set<Member>();
  #pending: Frame[] = [];
  /** Every member has everything up to this seq. */
  #position: number;

  constructor(
    filter: Filter,
    encoding: Encoding,
    origin: { readonly key: string; readonly epoch: string; readonly head: number },
  ) {
    this.key = origin.key;
    this.filter = filter;
    this.encoding = encoding;
    this.#epoch = origin.epoch;
    this.#position = origin.head;
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  /** Admits a member that has everything up to `head`; those that are here get what is pending first. */
  add(member: Member, head: number): void {
    this.flush(head);
    this.#members.add(member);
  }

  /** Lets a member go, with everything up to `head`, unless it falls behind in this very moment. */
  remove(member: Member, head: number): void {
    this.flush(head);
    this.#members.delete(member);
  }

  /** Keeps `frame` for the next flush when the filter wants it; says whether it does. */
  offer(frame: Frame): boolean {
    if (!this.filter.wants(frame)) return false;
    this.#pending.push(frame);
    return true;
  }

  /** Gives every member what is pending. @param head the seq of the newest event offered to any channel */
  flush(head: number): void {
    const [first] = this.#pending;
    if (first !== undefined) this.#position = first.seq - 1;
    const pieces = encode(this.#pending, this.encoding, this.#epoch);
    this.#pending = [];
    for (const piece of pieces) {
      for (const member of this.#members) {
        if (member.take(piece)) continue;
        this.#members.delete(member);
        member.fellBehind(this.#position);
      }
      this.#position = piece.seq;
    }
    this.#position = head;
  }
}
