import type { Logger } from '../../base/log.ts';
import type { NewEvent } from '../../event/schema.ts';
import { type Delivery, eventsOf, type Item, type Refusal, type SendOutcome } from './delivery.ts';
import { referencePost } from './reference-routes.ts';
import { errorOf, type Transport } from './transport.ts';

/**
 * Delivery to a server that speaks only the reference project's routes: one POST an event. The order within a file is
 * kept; files go side by side. Such a server keeps no positions and knows no duplicates, so the local checkpoint, moved
 * after the last POST of a unit, is the whole truth.
 */
export class ReferenceDelivery implements Delivery {
  readonly kind = 'reference';
  readonly #transport: Transport;
  readonly #log: Logger;
  readonly #absent = new Set<string>();

  constructor(transport: Transport, { log }: { log: Logger }) {
    this.#transport = transport;
    this.#log = log;
  }

  async positions(): Promise<undefined> {
    return undefined;
  }

  async send(items: readonly Item[]): Promise<SendOutcome> {
    const refused: Refusal[] = [];
    let accepted = 0;
    for (const group of inOrderGroups(items)) {
      await Promise.all(
        group.map(async events => {
          for (const event of events) {
            const refusal = await this.#post(event);
            if (refusal) refused.push(refusal);
            else accepted += 1;
          }
        }),
      );
    }
    return { kind: 'acknowledged', accepted, duplicates: 0, refused };
  }

  async #post(event: NewEvent): Promise<Refusal | undefined> {
    const post = referencePost(event);
    if (post === undefined || this.#absent.has(post.route)) return undefined;
    const answer = await this.#transport.request({
      method: 'POST',
      path: post.route,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(post.body),
    });
    if (answer.status < 300) return undefined;
    if (answer.status !== 404) return { event, reason: `${answer.status}: ${errorOf(answer)}` };
    this.#absent.add(post.route);
    this.#log.warn(`The server has no route ${post.route}; what would go there is left out.`);
    return undefined;
  }
}

/**
 * Items as groups that may go side by side: runs of units, one list of events for each file; events of other files stand
 * alone between them, because a role's creation has to come before its lines.
 */
function inOrderGroups(items: readonly Item[]): NewEvent[][][] {
  const groups: Map<string, NewEvent[]>[] = [];
  let run: Map<string, NewEvent[]> | undefined;
  for (const item of items) {
    if (item.kind === 'events') {
      run = undefined;
      groups.push(new Map([['', [...eventsOf(item)]]]));
      continue;
    }
    if (run === undefined) {
      run = new Map();
      groups.push(run);
    }
    const { path } = item.unit.generation;
    run.set(path, [...(run.get(path) ?? []), ...eventsOf(item)]);
  }
  return groups.map(group => [...group.values()]);
}
