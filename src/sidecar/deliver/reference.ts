import { AdwStreamError } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import type { NewEvent } from '../../event/schema.ts';
import { eventsOf, type Item } from '../flow.ts';
import type { Acknowledged, Delivery, Refusal, SendOutcome } from './delivery.ts';
import { type ReferencePost, referencePosts } from './reference-routes.ts';
import { type Answer, errorOf, type Transport } from './transport.ts';

/** What became of a batch so far; several files add to it side by side. */
interface Progress {
  readonly done: Item[];
  readonly refused: Refusal[];
  accepted: number;
}

/**
 * Delivery to a server that speaks only the reference project's routes: one POST an event. The order within a file is
 * kept; files go side by side. Such a server keeps no positions and knows no duplicates, so the local checkpoint, moved
 * after the last POST of a unit, is the whole truth: we stop between units, never within one if that can be helped.
 */
export class ReferenceDelivery implements Delivery {
  readonly kind = 'reference';
  readonly #transport: Transport;
  readonly #log: Logger;
  readonly #signal: AbortSignal;
  readonly #absent = new Set<string>();

  /** @param options.signal asks to stop after the units under way */
  constructor(transport: Transport, { log, signal }: { log: Logger; signal: AbortSignal }) {
    this.#transport = transport;
    this.#log = log;
    this.#signal = signal;
  }

  async positions(): Promise<undefined> {
    return undefined;
  }

  async held(): Promise<undefined> {
    return undefined;
  }

  async send(items: readonly Item[]): Promise<SendOutcome> {
    const progress: Progress = { done: [], refused: [], accepted: 0 };
    const failures: unknown[] = [];
    for (const group of inOrderGroups(items)) {
      const results = await Promise.allSettled(group.map(file => this.#sendFile(file, progress)));
      failures.push(...results.flatMap(result => (result.status === 'rejected' ? [result.reason] : [])));
      if (failures.length > 0) break;
    }
    const { done, accepted, refused } = progress;
    const outcome: Acknowledged = { kind: 'acknowledged', accepted, duplicates: 0, refused };
    return failures.length === 0 ? outcome : { kind: 'interrupted', done, outcome, error: failures[0] };
  }

  async #sendFile(items: readonly Item[], progress: Progress): Promise<void> {
    for (const item of items) {
      if (this.#signal.aborted) throw new AdwStreamError('server_unreachable', 'Stopped before all was delivered.');
      for (const event of eventsOf(item)) {
        const result = await this.#tell(event);
        if (result === 'taken') progress.accepted += 1;
        else if (result !== 'left out') progress.refused.push(result);
      }
      progress.done.push(item);
    }
  }

  async #tell(event: NewEvent): Promise<'taken' | 'left out' | Refusal> {
    let told: 'taken' | 'left out' = 'left out';
    for (const post of referencePosts(event)) {
      if (this.#absent.has(post.route)) continue;
      const answer = await this.#post(post);
      if (answer.status < 300) told = 'taken';
      else if (answer.status === 404) this.#isAbsent(post.route);
      else return { event, reason: `${answer.status}: ${errorOf(answer)}` };
    }
    return told;
  }

  #post({ route, body }: ReferencePost): Promise<Answer> {
    const headers = { 'content-type': 'application/json' };
    return this.#transport.request({ method: 'POST', path: route, headers, body: JSON.stringify(body) });
  }

  /** Several POSTs that were under way may find out at once; it is said once. */
  #isAbsent(route: string): void {
    if (this.#absent.has(route)) return;
    this.#absent.add(route);
    this.#log.report('route_missing', { route });
  }
}

/**
 * Items as groups that may go side by side: runs of units, one list of items for each file; events of other files stand
 * alone between them, because a role's creation has to come before its lines.
 */
function inOrderGroups(items: readonly Item[]): Item[][][] {
  const groups: Map<string, Item[]>[] = [];
  let run: Map<string, Item[]> | undefined;
  for (const item of items) {
    if (item.kind === 'events') {
      run = undefined;
      groups.push(new Map([['', [item]]]));
      continue;
    }
    if (run === undefined) {
      run = new Map();
      groups.push(run);
    }
    const { path } = item.unit.generation;
    const file = run.get(path);
    if (file === undefined) run.set(path, [item]);
    else file.push(item);
  }
  return groups.map(group => [...group.values()]);
}
