import { ALL_ADWS } from '../../event/message.ts';
import type { EventType } from '../../event/types.ts';

/** What a filter looks at. */
interface Filterable {
  readonly seq: number;
  readonly type: EventType;
  readonly adwId: string;
}

/** What a filter is made of. */
export interface FilterOptions {
  /** An ADW's id, or `*` for all. */
  readonly adwId: string;
  /** Absent for all types. */
  readonly types?: Iterable<EventType>;
  /** ADWs that `*` leaves out, because the same connection has a subscription of its own for each of them. */
  readonly except?: Iterable<string>;
  /** Per ADW the seq up to which `*` leaves it out, because another subscription has delivered that much of it. */
  readonly delivered?: ReadonlyMap<string, number>;
}

/** Which events a subscription gets. Immutable; filters with the same `key` want the same events from the last seq in `delivered` on. */
export class Filter {
  readonly adwId: string;
  readonly types: ReadonlySet<EventType> | undefined;
  readonly except: ReadonlySet<string>;
  readonly delivered: ReadonlyMap<string, number>;
  readonly key: string;

  constructor({ adwId, types, except = [], delivered = new Map() }: FilterOptions) {
    this.adwId = adwId;
    this.types = types === undefined ? undefined : new Set(types);
    this.except = new Set(except);
    this.delivered = delivered;
    this.key = [adwId, [...(this.types ?? ALL_ADWS)].sort(), [...this.except].sort()].join('|');
  }

  get isForAll(): boolean {
    return this.adwId === ALL_ADWS;
  }

  wants(event: Filterable): boolean {
    if (this.types !== undefined && !this.types.has(event.type)) return false;
    if (!this.isForAll) return event.adwId === this.adwId;
    return !this.except.has(event.adwId) && event.seq > (this.delivered.get(event.adwId) ?? 0);
  }
}
