import { type AdwIndex, applyCommit, emptyIndex } from './adw-index.ts';
import type { Commit } from './commit.ts';
import type { Messages } from './messages.ts';
import { INDEXED_EVENTS_MAX } from './options.ts';
import type { Registry } from './registry.ts';
import type { Subjects } from './subject.ts';

interface Slot {
  readonly index: AdwIndex;
  /** Commits that this node followed while the index is being loaded; undefined once it is. */
  late: Commit[] | undefined;
  readonly loading: Promise<AdwIndex>;
}

/** What {@link IndexCache} reads from. */
export interface IndexCacheOptions {
  readonly messages: Messages;
  readonly subjects: Subjects;
  readonly registry: Registry;
}

/** The indexes of the ADWs that this node was asked about: loaded from the log when needed, then kept up to date with it. */
export class IndexCache {
  readonly #slots = new Map<string, Slot>();
  readonly #messages: Messages;
  readonly #subjects: Subjects;
  readonly #registry: Registry;

  constructor({ messages, subjects, registry }: IndexCacheOptions) {
    this.#messages = messages;
    this.#subjects = subjects;
    this.#registry = registry;
  }

  /** The index of an ADW, as new as what this node has followed of the log. */
  async open(adwId: string): Promise<AdwIndex> {
    const known = this.#slots.get(adwId);
    if (known !== undefined) {
      this.#slots.delete(adwId);
      this.#slots.set(adwId, known);
      return known.loading;
    }
    const index = emptyIndex(adwId);
    const slot: Slot = { index, late: [], loading: this.#load(index) };
    this.#slots.set(adwId, slot);
    try {
      await slot.loading;
    } catch (error) {
      this.#slots.delete(adwId);
      throw error;
    }
    for (const commit of slot.late ?? []) applyCommit(index, commit);
    slot.late = undefined;
    this.#evict(adwId);
    return index;
  }

  /** The index, if it is loaded. */
  peek(adwId: string): AdwIndex | undefined {
    const slot = this.#slots.get(adwId);
    return slot?.late === undefined ? slot?.index : undefined;
  }

  /** Takes in the next commit of the log. */
  apply(commit: Commit): void {
    const slot = this.#slots.get(commit.adwId);
    if (slot === undefined) return;
    if (slot.late === undefined) applyCommit(slot.index, commit);
    else slot.late.push(commit);
  }

  async #load(index: AdwIndex): Promise<AdwIndex> {
    const subject = this.#subjects.commitsOf(index.adwId);
    const target = this.#registry.get(index.adwId)?.last;
    // Should another node have begun it a moment ago, the first append finds out.
    if (target === undefined) return index;
    for await (const commit of this.#messages.scan({ subject, from: 1, upTo: target })) applyCommit(index, commit);
    return index;
  }

  /** Drops those longest not asked for. A caller that still holds one has it as it was: its append conflicts, and it loads it anew. */
  #evict(keep: string): void {
    let events = 0;
    for (const { index } of this.#slots.values()) events += eventsIn(index);
    for (const [adwId, { index, late }] of this.#slots) {
      if (events <= INDEXED_EVENTS_MAX) return;
      if (adwId === keep || late !== undefined) continue;
      this.#slots.delete(adwId);
      events -= eventsIn(index);
    }
  }
}

/** Events that an index takes memory for: of removed ones it may have ids alone. */
function eventsIn({ columns, idsOutside }: AdwIndex): number {
  return Math.max(columns.seq.length, idsOutside.size);
}
