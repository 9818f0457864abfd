import { AdwStreamError } from '../../base/errors.ts';
import { isRecord } from '../../base/is-record.ts';
import type { Logger } from '../../base/log.ts';
import type { NewEvent } from '../../event/schema.ts';
import { eventsOf, type Item } from '../flow.ts';
import type { Acknowledged, Delivery, OnTaken, Refusal } from './delivery.ts';
import { type ReferencePost, referencePosts } from './reference-routes.ts';
import { isSentByMonitor, mayMoveCard, type ToldToReference } from './reference-told.ts';
import { type Answer, errorOf, isAbsent, type Transport } from './transport.ts';

/** What {@link ReferenceDelivery} takes. */
export interface ReferenceOptions extends ToldToReference {
  readonly log: Logger;
  /** Asks to stop after the lines under way. */
  readonly signal: AbortSignal;
}

/** The route that every server of the reference has; it refuses what names no ADW, and does nothing then. */
const PROBED_ROUTE = '/api/agent-state-update';

/**
 * Delivery to a server that speaks only the reference project's routes: one POST an event. The order within a file is
 * kept; files go side by side. Such a server keeps no positions and knows no duplicates, so the local checkpoint is the
 * whole truth: `onTaken` is told of each line before the next one of its file is sent, and we stop between lines, never
 * within one if that can be helped.
 */
export class ReferenceDelivery implements Delivery {
  readonly kind = 'reference';
  readonly #transport: Transport;
  readonly #options: ReferenceOptions;
  readonly #absent = new Set<string>();
  /** Whether the server has taken or refused something in its own words: until then a missing route may be all of it. */
  #isProven = false;

  constructor(transport: Transport, options: ReferenceOptions) {
    this.#transport = transport;
    this.#options = options;
  }

  async positions(): Promise<undefined> {
    return undefined;
  }

  async held(): Promise<undefined> {
    return undefined;
  }

  async send(items: readonly Item[], onTaken: OnTaken): Promise<undefined> {
    for (const group of inOrderGroups(items)) {
      const results = await Promise.allSettled(group.map(file => this.#sendFile(file, onTaken)));
      const failed = results.find(result => result.status === 'rejected');
      if (failed) throw failed.reason;
    }
  }

  async #sendFile(items: readonly Item[], onTaken: OnTaken): Promise<void> {
    for (const item of items.flatMap(inParts)) {
      if (this.#options.signal.aborted)
        throw new AdwStreamError('server_unreachable', 'Stopped before all was delivered.');
      onTaken([item], await this.#sendItem(item));
    }
  }

  async #sendItem(item: Item): Promise<Acknowledged> {
    const refused: Refusal[] = [];
    let accepted = 0;
    for (const event of eventsOf(item)) {
      const result = await this.#tell(event);
      if (result === 'taken') accepted += 1;
      else if (result !== 'left out') refused.push(result);
    }
    return { kind: 'acknowledged', accepted, duplicates: 0, refused };
  }

  async #tell(event: NewEvent): Promise<'taken' | 'left out' | Refusal> {
    const { stages, besideMonitor } = this.#options;
    if (besideMonitor && isSentByMonitor(event)) return 'left out';
    if (event.type === 'stage_transition' && !(stages && (await mayMoveCard(event, this.#transport))))
      return 'left out';
    let told: 'taken' | 'left out' = 'left out';
    for (const post of referencePosts(event)) {
      if (this.#absent.has(post.route)) continue;
      const answer = await this.#post(post);
      if (isSuccess(answer)) told = 'taken';
      else if (isAbsent(answer.status)) await this.#isMissing(post.route);
      else return { event, reason: `${answer.status}: ${errorOf(answer)}` };
    }
    return told;
  }

  /** Posts until the server answers in words of its own, or says that it has no such route. */
  async #post({ route, body }: ReferencePost): Promise<Answer> {
    const headers = { 'content-type': 'application/json' };
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#transport.request({
        method: 'POST',
        path: route,
        headers,
        body: JSON.stringify(body),
      });
      if (isAbsent(answer.status)) return answer;
      if (isSuccess(answer) || isOwnRefusal(answer)) {
        this.#isProven = true;
        return answer;
      }
      const failure = `does not answer ${route} as the reference’s servers do (${answer.status}: ${errorOf(answer)})`;
      await this.#transport.waitRefused(failure, { attempt, code: 'wrong_server' });
    }
  }

  /** Leaves a route out from now on, once it is certain that the server has others. It is said once. */
  async #isMissing(route: string): Promise<void> {
    for (let attempt = 1; !this.#isProven; attempt++) {
      const answer = await this.#post({ route: PROBED_ROUTE, body: {} });
      if (this.#isProven) break;
      const failure = `has none of the routes that take events (${route}, ${PROBED_ROUTE}: ${answer.status})`;
      await this.#transport.waitRefused(failure, { attempt, code: 'wrong_server' });
    }
    if (this.#absent.has(route)) return;
    this.#absent.add(route);
    this.#options.log.report('route_missing', { route });
  }
}

/** Source: the answers of the reference's routes that take events. */
function isSuccess({ status, body }: Answer): boolean {
  return status === 200 && isRecord(body) && body.status === 'success';
}

/** Whether it is the server that refuses, or what lies before it refuses by size: an empty answer, say, is a proxy's. */
function isOwnRefusal({ status, body }: Answer): boolean {
  if (status === 413) return true;
  return isRecord(body) && (status >= 400 || status === 200) && ('error' in body || 'detail' in body);
}

/** An item as what may be taken one by one: a unit is one line, and of another file each event is on its own. */
function inParts(item: Item): Item[] {
  if (item.kind === 'unit' || item.found.events.length < 2) return [item];
  const { events, position } = item.found;
  return events.map((event, index) => {
    const isLast = index === events.length - 1;
    return { ...item, found: { events: [event], artifacts: [], ...(isLast && position ? { position } : {}) } };
  });
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
