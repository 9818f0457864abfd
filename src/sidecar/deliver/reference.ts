import { AdwStreamError } from '../../base/errors.ts';
import { isRecord } from '../../base/is-record.ts';
import type { Logger } from '../../base/log.ts';
import type { NewEvent } from '../../event/schema.ts';
import { eventsOf, type Item } from '../flow.ts';
import { type Answer, errorOf, isAbsent } from './answer.ts';
import type { Acknowledged, Delivery, OnTaken, Refusal } from './delivery.ts';
import { type ReferencePost, referencePosts } from './reference-routes.ts';
import { isSentByMonitor, mayMoveCard, type ToldToReference } from './reference-told.ts';
import type { Transport } from './transport.ts';

/** What {@link ReferenceDelivery} takes. */
export interface ReferenceOptions extends ToldToReference {
  readonly log: Logger;
  /** Asks to stop after the lines under way. */
  readonly signal: AbortSignal;
}

/** What is asked to learn whether a server works: every one of the reference has this route, refuses what names no ADW, and does nothing then. */
const NOTHING: ReferencePost = { route: '/api/agent-state-update', body: {} };

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
  /** How the server refused nothing right after it had taken something; undefined before. */
  #usualRefusal: string | undefined;
  /** Refusals of everything, one after the other. */
  #refusals = 0;

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
    return { kind: 'acknowledged', accepted, refused };
  }

  async #tell(event: NewEvent): Promise<'taken' | 'left out' | Refusal> {
    const { stages, besideMonitor } = this.#options;
    if (besideMonitor && isSentByMonitor(event)) return 'left out';
    if (event.type === 'stage_transition' && !(stages && (await mayMoveCard(event, this.#transport))))
      return 'left out';
    let told: 'taken' | 'left out' = 'left out';
    for (const post of referencePosts(event)) {
      if (this.#absent.has(post.route)) continue;
      const answer = await this.#answerTo(post);
      if (isSuccess(answer)) told = 'taken';
      else if (isAbsent(answer.status)) this.#leaveOut(post.route);
      else return { event, reason: said(answer) };
    }
    return told;
  }

  /** Posts until the server takes it, or answers otherwise while it works: then the post is to blame, or its route is not there. */
  async #answerTo(post: ReferencePost): Promise<Answer> {
    for (;;) {
      const answer = await this.#post(post);
      if (isSuccess(answer)) {
        // Asked again another time where the server goes away just now: what was taken is taken.
        this.#usualRefusal ??= await this.#post(NOTHING).then(said, () => undefined);
      } else if (await this.#refusesAll(answer)) {
        const failure = isAbsent(answer.status)
          ? `has none of the routes that take events (${post.route}, ${NOTHING.route}: ${answer.status})`
          : `refuses ${post.route} (${said(answer)}) and everything else`;
        const isStranger = isAbsent(answer.status) && this.#usualRefusal === undefined;
        const code = isStranger ? 'wrong_server' : 'server_refused';
        await this.#transport.waitRefused(failure, { attempt: ++this.#refusals, code });
        continue;
      }
      this.#refusals = 0;
      return answer;
    }
  }

  /** Whether the server refuses even nothing in other words than when it works; before it has taken anything, in the words of `answer`. */
  async #refusesAll(answer: Answer): Promise<boolean> {
    const refusal = await this.#post(NOTHING);
    if (this.#usualRefusal !== undefined) return said(refusal) !== this.#usualRefusal;
    return said(refusal) === said(answer) || (isAbsent(refusal.status) && isAbsent(answer.status));
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
      if (isAbsent(answer.status) || isSuccess(answer) || isOwnRefusal(answer)) return answer;
      const failure = `does not answer ${route} as the reference’s servers do (${said(answer)})`;
      await this.#transport.waitRefused(failure, { attempt, code: 'wrong_server' });
    }
  }

  /** Leaves a route out from now on. It is said once. */
  #leaveOut(route: string): void {
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

/** An answer in words. */
function said(answer: Answer): string {
  return `${answer.status}: ${errorOf(answer)}`;
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
