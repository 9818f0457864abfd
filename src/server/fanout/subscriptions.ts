import { ALL_ADWS } from '../../event/message.ts';
import type { EventType } from '../../event/types.ts';
import { BOARD_TYPES } from './board.ts';
import type { Encoding } from './encoding.ts';
import { Filter } from './filter.ts';
import type { Hub } from './hub.ts';
import { type Recipient, Subscription } from './subscription.ts';

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

/** What a new connection gets. One for all of them: thousands of idle connections should cost little. */
const IMPLICIT = new Filter({ adwId: ALL_ADWS, types: BOARD_TYPES });

/**
 * The subscriptions of one client, by ADW, each with a cursor of its own.
 *
 * A new WebSocket has an implicit one: all ADWs, as the reference's board is told of them. The first that it asks for takes its place.
 * A client follows either all ADWs or some: a subscription to `*` takes the place of those to ADWs, and one to an ADW
 * takes the place of `*`. So no event comes twice, and all events of an ADW come in the order of the log.
 */
export class Subscriptions {
  readonly #hub: Hub;
  readonly #recipient: Recipient;
  readonly #byAdw = new Map<string, Subscription>();
  #implicit: Subscription | undefined;

  constructor(hub: Hub, recipient: Recipient) {
    this.#hub = hub;
    this.#recipient = recipient;
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

  /** Begins what a new connection gets without asking. */
  begin(): void {
    const options = { filter: IMPLICIT, cursor: this.#hub.live.head, encoding: 'board', tellsLag: false } as const;
    this.#implicit = new Subscription(this.#hub, this.#recipient, options);
    this.#implicit.start();
  }

  /**
   * Puts a subscription in place. It begins when its `start` is called, after the client has been told.
   * @returns it; its cursor is the seq after which it begins
   */
  add(request: SubscribeRequest): Subscription {
    const { adwId, types, encoding } = request;
    const stood = this.#replace(adwId);
    const cursor = this.#beginning(request) ?? stood ?? this.#hub.live.head;
    const filter = new Filter({ adwId, ...(types === undefined ? {} : { types }) });
    const subscription = new Subscription(this.#hub, this.#recipient, { filter, encoding, cursor, tellsLag: true });
    this.#byAdw.set(adwId, subscription);
    this.#recipient.writer.gathers = this.#byAdw.size > 1;
    return subscription;
  }

  /** Ends the subscription of an ADW, or of `*`; the implicit one goes on when there was none. */
  remove(adwId: string): void {
    this.#byAdw.get(adwId)?.stop();
    this.#byAdw.delete(adwId);
  }

  stop(): void {
    for (const subscription of this.all()) subscription.stop();
    this.#implicit = undefined;
    this.#byAdw.clear();
  }

  /**
   * Ends what a subscription to `adwId` takes the place of.
   * @returns the seq up to which the client has what it wanted of `adwId`; undefined where it wanted only some of it
   */
  #replace(adwId: string): number | undefined {
    const implicit = this.#implicit?.stop();
    this.#implicit = undefined;
    const [own, everything] = [this.#byAdw.get(adwId), this.#byAdw.get(ALL_ADWS)];
    const stood = own?.stop() ?? everything?.stop() ?? implicit;
    if (adwId !== ALL_ADWS) this.#byAdw.delete(ALL_ADWS);
    else {
      for (const subscription of this.#byAdw.values()) subscription.stop();
      this.#byAdw.clear();
    }
    return stood;
  }

  #beginning({ after, epoch }: SubscribeRequest): number | undefined {
    const { store, live } = this.#hub;
    if (epoch !== undefined && epoch !== live.epoch) return store.firstSeq;
    if (after === undefined) return undefined;
    // Beyond the head lies what another server has acknowledged, where there are others. Else it is of another log.
    const mayCome = store.isShared && after < live.unreachable;
    return after > live.head && !mayCome ? store.firstSeq : Math.max(after, store.firstSeq);
  }
}
