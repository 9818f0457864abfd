import { BoundedMap } from '../../../../src/base/bounded-map.ts';
import { firstIndex } from '../../../../src/base/first-index.ts';
import type { EventsPage, EventsQuery } from '../../../../src/client/reads.ts';
import { PAGE_EVENTS_DEFAULT } from '../../../../src/event/limits.ts';
import type { LogEvent } from '../../../../src/event/schema.ts';
import { searchTextOf } from '../../../../src/event/search-text.ts';
import { matcherOf, wordsOf } from '../../../../src/event/words.ts';
import { nextTurn } from '../../base/turn.ts';
import type { Block } from './blocks.ts';

/** Blocks of each part that are kept unpacked: a run has hundreds, and unpacking one takes some ms. */
const BLOCKS_MAX = 6;
const RAW = 'agent_output_chunk';

/**
 * The events that lie in blocks, read as the server's pages of events are: in seq order, from either end, by type, role and words.
 * Blocks are unpacked again when they are asked for later: a page keeps rows, not bodies.
 */
export class HeldEvents {
  readonly #epoch: string;
  readonly #typed: readonly Block[];
  readonly #raw: readonly Block[];
  readonly #unpacked = {
    typed: new BoundedMap<Block, Promise<readonly LogEvent[]>>(BLOCKS_MAX),
    raw: new BoundedMap<Block, Promise<readonly LogEvent[]>>(BLOCKS_MAX),
  };

  constructor(blocks: readonly Block[], epoch: string) {
    this.#epoch = epoch;
    this.#typed = blocks.filter(({ part }) => part === 'typed');
    this.#raw = blocks.filter(({ part }) => part === 'raw');
  }

  /** A page, as `GET /api/v1/adws/:id/events` answers it. */
  async page(query: EventsQuery, signal?: AbortSignal): Promise<EventsPage> {
    const { limit = PAGE_EVENTS_DEFAULT, before = Number.POSITIVE_INFINITY, after = 0, q } = query;
    const backwards = after === 0 && query.before !== undefined;
    const isWanted = filterOf(query);
    const lanes = this.#lanes(query).map(blocks => new Lane(blocks, { after, before, backwards }));
    const events: LogEvent[] = [];
    while (events.length <= limit) {
      signal?.throwIfAborted();
      for (const lane of lanes) {
        // A search goes through everything that there is: others get their turn between two blocks.
        while (lane.needsBlock()) {
          if (q !== undefined) await nextTurn();
          const block = lane.nextBlock();
          const read = this.#read(block);
          this.#prepare(block, backwards);
          lane.take(await read);
        }
      }
      const next = nextOf(lanes, backwards);
      if (next === undefined) break;
      if (isWanted(next)) events.push(next);
    }
    const more = events.length > limit;
    const page = events.slice(0, limit);
    return { epoch: this.#epoch, events: backwards ? page.reverse() : page, more };
  }

  /** One event by its stable id, or undefined. */
  async byId(eventId: string): Promise<LogEvent | undefined> {
    for (const block of [...this.#typed, ...this.#raw]) {
      const found = (await this.#read(block)).find(({ data }) => data.event_id === eventId);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Raw events have no words; where only they, or none of them, are asked for, the others are not unpacked. */
  #lanes({ type, q }: EventsQuery): (readonly Block[])[] {
    const wantsRaw = q === undefined && (type === undefined || type.includes(RAW));
    const wantsTyped = type === undefined || type.some(name => name !== RAW);
    return [...(wantsTyped ? [this.#typed] : []), ...(wantsRaw ? [this.#raw] : [])];
  }

  /** Begins with the block that is read next, so that it is there when this one has been gone through. */
  #prepare(block: Block, backwards: boolean): void {
    if (block.part === 'raw') return;
    const next = this.#typed[this.#typed.indexOf(block) + (backwards ? -1 : 1)];
    // The read that asks for this block is told what failed.
    if (next !== undefined) this.#read(next).catch(() => {});
  }

  #read(block: Block): Promise<readonly LogEvent[]> {
    const cache = this.#unpacked[block.part === 'raw' ? 'raw' : 'typed'];
    let events = cache.get(block);
    if (events === undefined) {
      events = eventsIn(block);
      cache.set(block, events);
    }
    return events;
  }
}

async function eventsIn(block: Block): Promise<readonly LogEvent[]> {
  const lines = (await block.content().text()).split('\n');
  return lines.map(line => JSON.parse(line) as LogEvent);
}

interface Range {
  /** Seqs, both exclusive. */
  readonly after: number;
  readonly before: number;
  readonly backwards: boolean;
}

/** Blocks of one part on their way by, an event at a time. */
class Lane {
  readonly #range: Range;
  readonly #blocks: Block[];
  #events: readonly LogEvent[] = [];
  #at = 0;

  constructor(blocks: readonly Block[], range: Range) {
    const { after, before, backwards } = range;
    this.#range = range;
    this.#blocks = blocks.filter(({ first, last }) => last > after && first < before);
    if (backwards) this.#blocks.reverse();
  }

  /** Whether the next event is in a block that has not been taken. */
  needsBlock(): boolean {
    return this.head() === undefined && this.#blocks.length > 0;
  }

  nextBlock(): Block {
    return this.#blocks[0]!;
  }

  take(events: readonly LogEvent[]): void {
    const { after, before, backwards } = this.#range;
    this.#blocks.shift();
    const from = firstIndex(events.length, at => events[at]!.seq > after);
    const to = firstIndex(events.length, at => events[at]!.seq >= before);
    this.#events = events.slice(from, to);
    this.#at = backwards ? this.#events.length - 1 : 0;
  }

  head(): LogEvent | undefined {
    return this.#events[this.#at];
  }

  pass(): void {
    this.#at += this.#range.backwards ? -1 : 1;
  }
}

/** Takes the event that comes first among the lanes' next ones. */
function nextOf(lanes: readonly Lane[], backwards: boolean): LogEvent | undefined {
  let first: Lane | undefined;
  for (const lane of lanes) {
    const [own, best] = [lane.head()?.seq, first?.head()?.seq];
    if (own !== undefined && (best === undefined || (backwards ? own > best : own < best))) first = lane;
  }
  const event = first?.head();
  first?.pass();
  return event;
}

function filterOf({ type, role, q, asTyped }: EventsQuery): (event: LogEvent) => boolean {
  const types = type === undefined ? undefined : new Set<string>(type);
  const words = q === undefined ? undefined : wordsOf(q, asTyped);
  // As for the server, a query without a word finds nothing.
  const matches = words === undefined ? () => true : words.length === 0 ? () => false : matcherOf(words);
  return event =>
    (types === undefined || types.has(event.type)) &&
    (role === undefined || event.data.agent_role === role) &&
    (words === undefined || matches(searchTextOf(event.type, event.data)));
}
