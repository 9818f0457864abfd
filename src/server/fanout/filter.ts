import { ALL_ADWS } from '../../event/message.ts';
import type { EventType } from '../../event/types.ts';

/** What a filter decides by. */
interface Filterable {
  readonly type: EventType;
  readonly adwId: string;
}

/** What a filter is made of. */
export interface FilterOptions {
  /** An ADW's id, or `*` for all. */
  readonly adwId: string;
  /** Absent for all types. */
  readonly types?: Iterable<EventType>;
}

/** Which events a subscription gets. Immutable; filters with the same `key` want the same events. */
export class Filter {
  readonly adwId: string;
  readonly types: ReadonlySet<EventType> | undefined;
  readonly key: string;

  constructor({ adwId, types }: FilterOptions) {
    this.adwId = adwId;
    this.types = types === undefined ? undefined : new Set(types);
    this.key = [adwId, [...(this.types ?? ALL_ADWS)].sort()].join('|');
  }

  get isForAll(): boolean {
    return this.adwId === ALL_ADWS;
  }

  wants(event: Filterable): boolean {
    if (this.types !== undefined && !this.types.has(event.type)) return false;
    return this.isForAll || event.adwId === this.adwId;
  }
}
