import { AdwStreamError } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import {
  type HeldRanges,
  heldAnswerSchema,
  ingestAnswerSchema,
  type Position,
  positionRefusalSchema,
  positionsAnswerSchema,
} from '../../event/position.ts';
import type { NewEvent } from '../../event/schema.ts';
import { type ArtifactUpload, eventsOf, type Item } from '../flow.ts';
import { type Answer, codeOf, errorOf, isOurs } from './answer.ts';
import {
  type Acknowledged,
  type Delivery,
  type FileGeneration,
  type LogPositions,
  type Mismatch,
  type OnTaken,
  type Refusal,
  withoutEvents,
} from './delivery.ts';
import { countOf } from './packed-unit.ts';
import type { ServerLink } from './server-link.ts';

const takenSchema = ingestAnswerSchema.pick({ accepted: true, rejected: true, positions: true });

const NOTHING: Acknowledged = { kind: 'acknowledged', accepted: 0, refused: [] };

/** What one POST comes to: a batch is taken or refused whole. */
type PostOutcome = Acknowledged | Mismatch;

/** Delivery to our own server, over either link: batches, positions owned by the log, artifacts before the events that name them. */
export class NativeDelivery implements Delivery {
  readonly kind = 'native';
  readonly #link: ServerLink;
  readonly #adwId: string;
  readonly #log: Logger;
  readonly #uploaded = new Set<string>();
  /** Refusals of everything, one after the other. */
  #refusals = 0;

  constructor(link: ServerLink, { adwId, log }: { adwId: string; log: Logger }) {
    this.#link = link;
    this.#adwId = adwId;
    this.#log = log;
  }

  async positions(): Promise<LogPositions> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#link.positions();
      const parsed = positionsAnswerSchema.safeParse(answer.body);
      if (answer.status === 200 && parsed.success) return parsed.data;
      if (codeOf(answer) === 'invalid_adw_id') {
        throw new AdwStreamError('id_not_admitted', `The server admits no ADW named ${JSON.stringify(this.#adwId)}.`);
      }
      const code = isOurs(answer) ? 'server_refused' : 'wrong_server';
      await this.#link.waitRefused(`does not tell its positions (${answer.status}: ${errorOf(answer)})`, {
        attempt,
        code,
      });
    }
  }

  async held(file: FileGeneration): Promise<HeldRanges | undefined> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#link.held(file);
      const parsed = heldAnswerSchema.safeParse(answer.body);
      if (answer.status === 200 && parsed.success) return parsed.data;
      // A server of before this route.
      if (answer.status === 404) return undefined;
      await this.#link.waitRefused(`does not tell what it holds (${errorOf(answer)})`, { attempt });
    }
  }

  async send(items: readonly Item[], onTaken: OnTaken): Promise<Mismatch | undefined> {
    const refused: Refusal[] = [];
    for (const item of items) {
      for (const artifact of item.kind === 'unit' ? item.unit.artifacts : item.found.artifacts) {
        const reason = await this.#put(artifact);
        const event =
          reason && eventsOf(item).find(({ type, data }) => type === 'artifact' && data.path === artifact.path);
        if (event) refused.push({ event, reason, artifact });
      }
    }
    // Nothing is sent of what is not there.
    const left = new Set(refused.map(({ event }) => event));
    const outcome = await this.#post(left.size === 0 ? items : items.map(item => withoutEvents(item, left)));
    if (outcome.kind === 'mismatch') return outcome;
    onTaken(items, merge(outcome, { ...NOTHING, refused }));
    return undefined;
  }

  async #post(items: readonly Item[]): Promise<PostOutcome> {
    if (items.every(item => countOf(item) === 0)) return NOTHING;
    const answer = await this.#link.append(items);
    if (answer.status === 200) return this.#acknowledgement(answer, items);
    if (answer.status === 409) return this.#mismatch(answer);
    return this.#isolate(items, answer);
  }

  #acknowledgement(answer: Answer, items: readonly Item[]): Acknowledged {
    const taken = takenSchema.safeParse(answer.body);
    if (!taken.success) throw new AdwStreamError('server_refused', 'The server does not say what it took.');
    const { accepted, rejected, positions } = taken.data;
    const events = rejected.length > 0 ? items.flatMap(eventsOf) : [];
    const refused = rejected.flatMap(({ index, error }) => {
      const event = events[index];
      return event ? [{ event, reason: error }] : [];
    });
    const ahead = positions.filter(position => position.adw_id === this.#adwId && isBeyond(position, items));
    return { kind: 'acknowledged', accepted, refused, ...(ahead.length > 0 ? { ahead } : {}) };
  }

  #mismatch({ body }: Answer): PostOutcome {
    const units = positionRefusalSchema.safeParse(body).data?.units?.filter(({ adw_id }) => adw_id === this.#adwId);
    return { kind: 'mismatch', ...(units === undefined ? {} : { held: units }) };
  }

  /** A batch refused for good, or as too large, is halved until the one item that is to blame is left. */
  async #isolate(items: readonly Item[], answer: Answer): Promise<PostOutcome> {
    if (items.length > 1) {
      const middle = items.length >> 1;
      const first = await this.#post(items.slice(0, middle));
      if (first.kind === 'mismatch') return first;
      const second = await this.#post(items.slice(middle));
      return second.kind === 'mismatch' ? second : merge(first, second);
    }
    const [item] = items;
    const reason = `${answer.status}: ${errorOf(answer)}`;
    if (item?.kind === 'unit') return this.#refuseUnit(item, reason);
    const events = items.flatMap(eventsOf);
    if (await this.#refusesAll(`${events[0]?.type} (${reason})`)) return this.#againstRefusals(() => this.#post(items));
    return { ...NOTHING, refused: events.map(event => ({ event, reason })) };
  }

  /**
   * Whether the server, or something before it, takes nothing at all just now, a batch of no events neither: then what it refuses is
   * not to blame. Waits before it says so.
   * @param what what was refused, and why
   */
  async #refusesAll(what: string): Promise<boolean> {
    if ((await this.#link.append([])).status === 200) return false;
    await this.#link.waitRefused(`refuses ${what} and everything else`, { attempt: ++this.#refusals });
    return true;
  }

  /** Tries once more; that was the end of refusals when it returns. */
  async #againstRefusals<Result>(attempt: () => Promise<Result>): Promise<Result> {
    const result = await attempt();
    this.#refusals = 0;
    return result;
  }

  /** The position has to move past a refused unit, or nothing after it could follow: its bytes are declared instead. */
  async #refuseUnit(item: Item & { kind: 'unit' }, reason: string): Promise<PostOutcome> {
    const [chunk, ...typed] = item.unit.events;
    if (chunk?.type !== 'agent_output_chunk') throw new TypeError('a unit begins with its chunk');
    const refused: Refusal[] = [chunk, ...typed].map(event => ({ event, reason }));
    const stub: NewEvent = { type: chunk.type, data: { ...chunk.data, content: '', refused: reason } };
    const stubItem = { ...item, unit: { ...item.unit, events: [stub] } };
    const answer = await this.#link.append([stubItem]);
    if (answer.status === 409) return this.#mismatch(answer);
    if (answer.status === 200) return { ...this.#acknowledgement(answer, [stubItem]), refused };
    // A server that refuses even that refuses everything: nothing is given up until it takes something again.
    const failure = `refuses ${item.unit.generation.path} (${reason}) and everything else`;
    await this.#link.waitRefused(failure, { attempt: ++this.#refusals });
    return this.#againstRefusals(() => this.#post([item]));
  }

  /** Stores an artifact before the events that name it. @returns why it was refused for good */
  async #put(upload: ArtifactUpload): Promise<string | undefined> {
    const key = `${upload.sha256} ${upload.path}`;
    if (this.#uploaded.has(key)) return undefined;
    const answer = await this.#link.put(upload);
    if (answer.status >= 300) {
      const reason = `${answer.status}: ${errorOf(answer)}`;
      if (await this.#refusesAll(`${upload.path} (${reason})`)) return this.#againstRefusals(() => this.#put(upload));
      this.#log.report('artifact_refused', { path: upload.path, error: errorOf(answer) });
      return reason;
    }
    this.#uploaded.add(key);
    return undefined;
  }
}

/** Whether the log stands beyond the last unit of a generation that was sent just now. */
function isBeyond({ path, fingerprint, next }: Position, items: readonly Item[]): boolean {
  const ends = items.flatMap(item => {
    const isIts = item.kind === 'unit' && item.unit.position.path === path;
    return isIts && item.unit.position.fingerprint === fingerprint ? item.unit.end : [];
  });
  return ends.length > 0 && next > Math.max(...ends);
}

function merge(a: Acknowledged, b: Acknowledged): Acknowledged {
  return {
    kind: 'acknowledged',
    accepted: a.accepted + b.accepted,
    refused: [...a.refused, ...b.refused],
    ...(a.ahead || b.ahead ? { ahead: [...(a.ahead ?? []), ...(b.ahead ?? [])] } : {}),
  };
}
