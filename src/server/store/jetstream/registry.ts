import { type CommitHead, firstMessageOf, isStale, lastSeqOf } from './commit.ts';
import { seqOf } from './seq.ts';

/** What a node knows of every ADW without having read it: the head of its newest commit. */
export interface AdwExtent {
  readonly adwId: string;
  /** Its newest commit that counts. */
  readonly head: number;
  /** The first message that this commit needs: its own, or that of its body's first part. */
  readonly headFrom: number;
  /** The newest message on its subject, counting or not. */
  readonly last: number;
  /** Its oldest kept commit; 0 when it has no events. */
  readonly first: number;
  /** The seq of its newest event, also when that one was removed. */
  readonly lastSeq: number;
  readonly events: number;
  readonly bytes: number;
  /** When its newest commit was stored, ms since the Unix epoch. */
  readonly storedAt: number;
}

/** The extents of all ADWs, kept along with the log. */
export class Registry {
  readonly #extents = new Map<string, AdwExtent>();
  /** Numbers of stale commits, as far as this node has followed them. */
  readonly #stale = new Set<number>();
  #lastSeq = 0;
  #bytes = 0;
  #first: number | undefined;

  /** The seq of the newest event that this node has seen. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** The seq before the oldest kept event. */
  get firstSeq(): number {
    // Only the removal of an ADW, or the log's first commit, moves it: so it is looked for again only then.
    this.#first ??= this.kept().reduce((least, { first }) => Math.min(least, first), Number.POSITIVE_INFINITY);
    return Number.isFinite(this.#first) ? seqOf(this.#first, 0) - 1 : this.#lastSeq;
  }

  /** Bytes of all commits. */
  get bytes(): number {
    return this.#bytes;
  }

  get(adwId: string): AdwExtent | undefined {
    return this.#extents.get(adwId);
  }

  /** ADWs that have events, oldest first. */
  kept(): AdwExtent[] {
    return [...this.#extents.values()].filter(({ events }) => events > 0).sort((a, b) => a.first - b.first);
  }

  /** Whether this node has found a commit to be stale. */
  isStale(number: number): boolean {
    return this.#stale.has(number);
  }

  /**
   * Takes the head of a commit in; one older than what is known, or a stale one, adds nothing.
   * @returns whether it was added
   */
  apply({ number, adwId, head, storedAt }: HeadOfCommit): boolean {
    const known = this.#extents.get(adwId);
    if (known !== undefined && number <= known.last) return false;
    if (known !== undefined && isStale(head, known.last)) {
      this.#stale.add(number);
      this.#extents.set(adwId, { ...known, last: number });
      return false;
    }
    const first = head.first || (head.count > 0 ? number : 0);
    const lastSeq = lastSeqOf(number, head);
    const { events, bytes } = head;
    const headFrom = firstMessageOf({ number, head });
    this.#extents.set(adwId, { adwId, head: number, headFrom, last: number, first, lastSeq, events, bytes, storedAt });
    this.#lastSeq = Math.max(this.#lastSeq, lastSeq);
    this.#bytes += head.bytes - (known?.bytes ?? 0);
    if (first !== known?.first && (this.#first === undefined || first < this.#first || known?.first === this.#first)) {
      this.#first = undefined;
    }
    return true;
  }
}

/** A commit without its body. */
export interface HeadOfCommit {
  readonly number: number;
  readonly adwId: string;
  readonly head: CommitHead;
  readonly storedAt: number;
}
