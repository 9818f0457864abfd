import type { Commit } from './commit.ts';
import type { Messages } from './messages.ts';
import { SHELVED_EVENTS_MAX } from './options.ts';
import type { Registry } from './registry.ts';
import { applyCommit, emptyShelf, type Shelf } from './shelf.ts';
import type { Subjects } from './subject.ts';

interface Slot {
  readonly shelf: Shelf;
  /** Commits that came along while it is loaded; undefined once it is. */
  late: Commit[] | undefined;
  readonly loading: Promise<Shelf>;
}

/** What {@link Shelves} reads from. */
export interface ShelvesOptions {
  readonly messages: Messages;
  readonly subjects: Subjects;
  readonly registry: Registry;
}

/** The shelves of the ADWs that this node was asked about: loaded from the log when needed, then kept along with it. */
export class Shelves {
  readonly #slots = new Map<string, Slot>();
  readonly #messages: Messages;
  readonly #subjects: Subjects;
  readonly #registry: Registry;

  constructor({ messages, subjects, registry }: ShelvesOptions) {
    this.#messages = messages;
    this.#subjects = subjects;
    this.#registry = registry;
  }

  /** The shelf of an ADW, as new as what this node has followed of the log. */
  async open(adwId: string): Promise<Shelf> {
    const known = this.#slots.get(adwId);
    if (known !== undefined) {
      this.#slots.delete(adwId);
      this.#slots.set(adwId, known);
      return known.loading;
    }
    const shelf = emptyShelf(adwId);
    const slot: Slot = { shelf, late: [], loading: this.#load(shelf) };
    this.#slots.set(adwId, slot);
    try {
      await slot.loading;
    } catch (error) {
      this.#slots.delete(adwId);
      throw error;
    }
    for (const commit of slot.late ?? []) applyCommit(shelf, commit);
    slot.late = undefined;
    this.#evict(adwId);
    return shelf;
  }

  /** The shelf, if it is loaded. */
  peek(adwId: string): Shelf | undefined {
    const slot = this.#slots.get(adwId);
    return slot?.late === undefined ? slot?.shelf : undefined;
  }

  /** Takes in the next commit of the log. */
  apply(commit: Commit): void {
    const slot = this.#slots.get(commit.adwId);
    if (slot === undefined) return;
    if (slot.late === undefined) applyCommit(slot.shelf, commit);
    else slot.late.push(commit);
  }

  async #load(shelf: Shelf): Promise<Shelf> {
    const subject = this.#subjects.commitsOf(shelf.adwId);
    const target = this.#registry.get(shelf.adwId)?.last;
    // Should another node have begun it a moment ago, the first append finds out.
    if (target === undefined) return shelf;
    for await (const commit of this.#messages.scan({ subject, from: 1, upTo: target })) applyCommit(shelf, commit);
    return shelf;
  }

  /** Drops those longest not asked for. Whoever still holds one has it as it was; an append on it loses and reloads. */
  #evict(keep: string): void {
    let events = 0;
    for (const { shelf } of this.#slots.values()) events += shelf.columns.seq.length;
    for (const [adwId, { shelf, late }] of this.#slots) {
      if (events <= SHELVED_EVENTS_MAX) return;
      if (adwId === keep || late !== undefined) continue;
      this.#slots.delete(adwId);
      events -= shelf.columns.seq.length;
    }
  }
}
