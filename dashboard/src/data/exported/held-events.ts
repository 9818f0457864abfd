import { BoundedMap } from '../../../../src/base/bounded-map.ts';
import type { EventsPage, EventsQuery } from '../../../../src/client/reads.ts';
import { eventFilter } from '../../../../src/event/event-filter.ts';
import { PAGE_EVENTS_DEFAULT } from '../../../../src/event/limits.ts';
import type { LogEvent } from '../../../../src/event/schema.ts';
import { searchTextOf } from '../../../../src/event/search-text.ts';
import type { Block } from './blocks.ts';

/** Blocks that are kept unpacked: a run has hundreds, and unpacking one takes some ms. */
const BLOCKS_MAX = 6;
const RAW = 'agent_output_chunk';

/** The events that lie in blocks. Blocks are unpacked again when they are asked for later: a page keeps rows, not bodies. */
export class HeldEvents {
  readonly #blocks: readonly Block[];
  readonly #unpacked = new BoundedMap<Block, Promise<readonly LogEvent[]>>(BLOCKS_MAX);

  constructor(blocks: readonly Block[]) {
    this.#blocks = blocks.filter(({ part }) => part === 'typed' || part === 'raw');
  }

  /** A page, as `GET /api/v1/adws/:id/events` answers it. */
  async page(query: EventsQuery, signal?: AbortSignal): Promise<Omit<EventsPage, 'epoch'>> {
    const { limit = PAGE_EVENTS_DEFAULT, before = Number.POSITIVE_INFINITY, after = 0 } = query;
    const backwards = after === 0 && query.before !== undefined;
    const admits = eventFilter({ ...query, types: query.type });
    if (admits === undefined) return { events: [], more: false };
    const isWanted = ({ seq, type, data }: LogEvent) => {
      const text = query.q === undefined ? '' : searchTextOf(type, data);
      return seq > after && seq < before && admits({ type, role: data.agent_role, text });
    };
    const inRange = this.#blocks.filter(block => isIn(block, query) && block.last > after && block.first < before);
    const found: LogEvent[] = [];
    for (const block of inRange.sort((a, b) => (backwards ? b.last - a.last : a.first - b.first))) {
      // Raw blocks overlap with typed ones: what no further block reaches is in its place.
      const isPlaced = ({ seq }: LogEvent) => (backwards ? seq > block.last : seq < block.first);
      if (found.filter(isPlaced).length > limit) break;
      signal?.throwIfAborted();
      found.push(...(await this.#eventsIn(block)).filter(isWanted));
    }
    found.sort((a, b) => a.seq - b.seq);
    const events = backwards ? found.slice(-limit) : found.slice(0, limit);
    return { events, more: found.length > limit };
  }

  /** The events of the next block of typed ones that goes on behind `seq`; none where that is the end. */
  async typedAfter(seq: number): Promise<readonly LogEvent[]> {
    const block = this.#blocks.find(({ part, last }) => part === 'typed' && last > seq);
    return block === undefined ? [] : this.#eventsIn(block);
  }

  #eventsIn(block: Block): Promise<readonly LogEvent[]> {
    const unpack = async () => (await block.content().text()).split('\n').map(line => JSON.parse(line) as LogEvent);
    const events = this.#unpacked.get(block) ?? unpack();
    this.#unpacked.set(block, events);
    return events;
  }
}

/** Raw events have no words; where only they, or none of them, are asked for, the others are not unpacked. */
function isIn({ part }: Block, { type, q }: EventsQuery): boolean {
  if (part === 'raw') return q === undefined && (type === undefined || type.includes(RAW));
  return type === undefined || type.some(name => name !== RAW);
}
