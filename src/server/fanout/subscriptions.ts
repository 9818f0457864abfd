import { ALL_ADWS } from '../../event/message.ts';
import { type EventType, REFERENCE_TYPES } from '../../event/types.ts';
import type { Encoding } from './encoding.ts';
import { Filter, type FilterOptions } from './filter.ts';
import type { Hub } from './hub.ts';
import type { Peer } from './peer.ts';
import { Subscription } from './subscription.ts';

/** What a client asks for. */
export interface SubscribeRequest {
  readonly adwId: string;
  /** The seq that the client has; absent for from now on. */
  readonly after?: number | undefined;
  /** The log that `after` is of; another one than ours means that the client has nothing of ours. */
  readonly epoch?: string | undefined;
  readonly types?: readonly EventType[] | undefined;
  readonly encoding: Encoding;
}

/** What a fresh connection gets. One for all of them: thousands of idle connections should cost little. */
const IMPLICIT = new Filter({ adwId: ALL_ADWS, types: REFERENCE_TYPES });

/**
 * The subscriptions of one client, by ADW, each with a cursor of its own.
 *
 * A fresh WebSocket has an implicit one: all ADWs, the reference's types. The first that it asks for takes its place.
 * Where `*` and an ADW overlap, the ADW's own subscription alone says what of that ADW is sent: `*` leaves it out, and has
 * it back, without a repeat, when the client unsubscribes from it. So all events of an ADW come through one subscription,
 * in the order of the log. Subscribing again replaces; without `after` it goes on where the one before stands.
 */
export class Subscriptions {
  readonly #hub: Hub;
  readonly #peer: Peer;
  readonly #byAdw = new Map<string, Subscription>();
  #implicit: Subscription | undefined;

  constructor(hub: Hub, peer: Peer) {
    this.#hub = hub;
    this.#peer = peer;
  }

  get size(): number {
    return this.#byAdw.size;
  }

  has(adwId: string): boolean {
    return this.#byAdw.has(adwId);
  }

  /** Every subscription, the implicit one too. */
  all(): Subscription[] {
    return [...(this.#implicit === undefined ? [] : [this.#implicit]), ...this.#byAdw.values()];
  }

  /** Begins what a fresh connection gets without asking. */
  begin(): void {
    const options = { filter: IMPLICIT, cursor: this.#hub.live.head, encoding: 'message', tellsLag: false } as const;
    this.#implicit = new Subscription(this.#hub, this.#peer, options);
    this.#implicit.start();
  }

  /**
   * Puts a subscription in place. It begins when its `start` is called, after the client has been told.
   * @returns it; its cursor is the seq after which it begins
   */
  add(request: SubscribeRequest): Subscription {
    const { adwId, types, encoding } = request;
    const beginning = this.#beginning(request);
    // Where it goes on, it knows what was delivered ahead of it.
    const delivered = beginning === undefined ? this.#byAdw.get(adwId)?.filter.delivered : undefined;
    const stood = this.#vacate(adwId);
    const filter = this.#filter({
      adwId,
      ...(types === undefined ? {} : { types }),
      ...(delivered === undefined ? {} : { delivered }),
    });
    const cursor = beginning ?? stood ?? this.#hub.live.head;
    const subscription = new Subscription(this.#hub, this.#peer, { filter, encoding, cursor, tellsLag: true });
    this.#byAdw.set(adwId, subscription);
    this.#peer.outlet.gathers = this.#byAdw.size > 1;
    return subscription;
  }

  /** Ends the subscription of an ADW, or of `*`; the implicit one goes on when there was none. */
  remove(adwId: string): void {
    const ended = this.#byAdw.get(adwId);
    this.#byAdw.delete(adwId);
    const stood = ended?.stop();
    if (stood !== undefined && adwId !== ALL_ADWS) this.#giveBack(adwId, stood);
  }

  stop(): void {
    for (const subscription of this.all()) subscription.stop();
    this.#implicit = undefined;
    this.#byAdw.clear();
  }

  /** Ends what served `adwId` so far. @returns where that stood */
  #vacate(adwId: string): number | undefined {
    const implicit = this.#implicit?.stop();
    this.#implicit = undefined;
    const replaced = this.#byAdw.get(adwId)?.stop();
    const everything = adwId === ALL_ADWS ? undefined : this.#byAdw.get(ALL_ADWS);
    if (everything === undefined || this.#byAdw.has(adwId)) return replaced ?? implicit;
    const cursor = this.#refit(everything, { except: [...everything.filter.except, adwId] });
    // Of this ADW more may have been delivered than of the others: by a subscription that it had before.
    return Math.max(cursor, everything.filter.delivered.get(adwId) ?? 0);
  }

  /** Returns an ADW to `*`, which leaves out what the ADW's own subscription has delivered. */
  #giveBack(adwId: string, deliveredTo: number): void {
    const everything = this.#byAdw.get(ALL_ADWS);
    if (everything === undefined) return;
    const delivered = new Map([...everything.filter.delivered, [adwId, deliveredTo]]);
    this.#refit(everything, { except: [...everything.filter.except].filter(id => id !== adwId), delivered });
  }

  /** Goes on with another filter where a subscription stands. @returns where that is */
  #refit(subscription: Subscription, change: Partial<FilterOptions>): number {
    const cursor = subscription.stop();
    const { adwId, types, except, delivered } = subscription.filter;
    // What was delivered up to the cursor cannot come again: forget it, or the map would grow with each change.
    const ahead = [...(change.delivered ?? delivered)].filter(([, seq]) => seq > cursor);
    const filter = new Filter({
      adwId,
      ...(types === undefined ? {} : { types }),
      except,
      ...change,
      delivered: new Map(ahead),
    });
    const { encoding } = subscription;
    const next = new Subscription(this.#hub, this.#peer, { filter, encoding, cursor, tellsLag: true });
    this.#byAdw.set(adwId, next);
    next.start();
    return cursor;
  }

  #filter(options: FilterOptions): Filter {
    if (options.adwId !== ALL_ADWS) return new Filter(options);
    return new Filter({ ...options, except: [...this.#byAdw.keys()].filter(id => id !== ALL_ADWS) });
  }

  #beginning({ after, epoch }: SubscribeRequest): number | undefined {
    const { store, live } = this.#hub;
    if (epoch !== undefined && epoch !== live.epoch) return store.firstSeq;
    if (after === undefined) return undefined;
    // Beyond the head lies what another server has acknowledged, where there are others. Else it is of another log.
    const mayCome = store.kind === 'jetstream' && after < live.unreachable;
    return after > live.head && !mayCome ? store.firstSeq : Math.max(after, store.firstSeq);
  }
}
