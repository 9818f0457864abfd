import type { IdFormat } from '../../adw/id.ts';
import type { Clock } from '../../base/clock.ts';
import { AdwStreamError } from '../../base/errors.ts';
import { isRecord } from '../../base/is-record.ts';
import type { Logger } from '../../base/log.ts';
import type { IngestAnswer } from '../../event/position.ts';
import type { NewEvent } from '../../event/schema.ts';
import {
  type AppendEntry,
  type AppendResult,
  PositionMismatchError,
  type RefusedUnit,
  type Store,
} from '../store/store.ts';
import { admit } from './admit.ts';
import { AgentOwners } from './agent-owners.ts';
import { type BackPressure, createBackPressure } from './back-pressure.ts';
import { broadcastEvents } from './broadcast.ts';
import { ownBatch } from './own-batch.ts';
import { REFERENCE_ROUTES, type ReferenceRoute } from './reference/index.ts';
import { type Draft, type Fields, fieldsOf, pythonText } from './reference/request.ts';
import { withShownPaths } from './reference/shown-paths.ts';
import { requireKeys } from './reference/workflow-updates.ts';
import { type Batch, toBatch } from './units.ts';

/** What {@link createIngest} takes. */
export interface IngestOptions {
  readonly store: Store;
  readonly idFormat: IdFormat;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The way in: validates, gives ids and times where they are missing, and answers once everything is durable. */
export interface Ingest extends Pick<IngestOptions, 'store' | 'clock' | 'idFormat'> {
  readonly backPressure: BackPressure;
  /** A native batch. @throws AdwStreamError position_mismatch, unit_not_held, rate_limited, storage_full, store_unavailable */
  acceptEvents(events: readonly unknown[]): Promise<IngestAnswer>;
  /** The same for events that were made in this process; the log keeps the objects. @throws AdwStreamError too_large as well */
  acceptOwn(events: readonly NewEvent[]): Promise<IngestAnswer>;
  /** A request of the reference's routes; answers its body. @throws AdwStreamError with the reference's texts */
  acceptReference(route: ReferenceRoute, body: unknown, clients: number): Promise<Fields>;
  /** A message of a WebSocket client that carries events. @throws AdwStreamError invalid_event for any other */
  acceptMessage(message: unknown): Promise<IngestAnswer>;
}

/** Opens the way into `store`. */
export function createIngest(options: IngestOptions): Ingest {
  const { store, clock, log } = options;
  const backPressure = createBackPressure();
  const owners = new AgentOwners();

  const append = async (entries: readonly AppendEntry[]): Promise<AppendResult> => {
    try {
      return await backPressure.waitFor(() => store.append(entries));
    } catch (error) {
      throw error instanceof PositionMismatchError ? mismatch(error) : error;
    }
  };

  const accept = async ({ entries, sizes, rejected }: Batch): Promise<IngestAnswer> => {
    const { outcomes, lastSeq, positions } = await append(entries);
    const count = (wanted: string) =>
      sizes.reduce((sum, size, index) => sum + (outcomes[index] === wanted ? size : 0), 0);
    const answer = { accepted: count('accepted'), duplicates: count('duplicate') };
    if (rejected.length > 0) log.report('events_refused', { count: rejected.length, first: rejected[0] });
    return { ...answer, rejected: [...rejected], last_seq: lastSeq, positions: [...positions] };
  };

  const acceptEvents = async (events: readonly unknown[]) => accept(toBatch(events, options));

  /** Events of one request, all or none: each is the sender's whole message. */
  const acceptDrafts = async (drafts: readonly Draft[]): Promise<IngestAnswer> => {
    for (const draft of drafts) {
      const admitted = admit(draft, options);
      if (admitted.ok) continue;
      log.report('events_refused', { count: 1, first: admitted.error });
      throw new AdwStreamError(refusalCode(admitted.error), admitted.error.replace(/^data\./, ''));
    }
    return acceptEvents(drafts);
  };

  return {
    store,
    clock,
    idFormat: options.idFormat,
    backPressure,
    acceptEvents,
    acceptOwn: async events => accept(ownBatch(events, options)),
    async acceptReference(route, body, clients) {
      const { events, answer } = REFERENCE_ROUTES[route](fieldsOf(body));
      await acceptDrafts(events.map(withoutNulls).map(withShownPaths));
      return answer(clients);
    },
    acceptMessage: async message => acceptDrafts(draftsOf(message, owners).map(withoutNulls).map(withShownPaths)),
  };
}

/** The refusal with what its sender needs to find out whether its file is the one that the log holds. */
function mismatch({ positions, units }: PositionMismatchError): AdwStreamError {
  const details = { positions, units: units.map(refusedUnit) };
  if (!units.some(({ isBehind }) => isBehind)) {
    const text = 'A unit does not begin where the log stands: resume from the positions in this answer.';
    return new AdwStreamError('position_mismatch', text, { details });
  }
  const text = 'The log stands behind a unit and does not hold its bytes: compare what it holds with the file.';
  return new AdwStreamError('unit_not_held', text, { details });
}

function refusedUnit({ unit, held }: RefusedUnit) {
  const { adwId: adw_id, path, fingerprint, offset, end } = unit;
  const ranges = held.map(one => ({ offset: one.offset, length: one.end - one.offset, sha256: one.sha256 }));
  return { adw_id, path, fingerprint, offset, length: end - offset, held: ranges };
}

/** Fields that an event of ours leaves out, and that the Python clients send as null. */
const NEVER_NULL = ['event_id', 'timestamp', 'timing', 'source'];

function withoutNulls({ type, data }: Draft): Draft {
  return {
    type,
    data: Object.fromEntries(
      Object.entries(data).filter(([key, value]) => value !== null || !NEVER_NULL.includes(key)),
    ),
  };
}

function refusalCode(error: string): 'invalid_adw_id' | 'invalid_event' {
  return error.startsWith('data.adw_id') ? 'invalid_adw_id' : 'invalid_event';
}

/** The events of a message from a WebSocket client. @throws AdwStreamError invalid_event */
function draftsOf(message: unknown, owners: AgentOwners): Draft[] {
  const frame = fieldsOf(message);
  if (frame.type === 'adw_broadcast' || frame.type === 'agent_broadcast') return broadcastEvents(frame, owners);
  if (frame.type !== 'workflow_log')
    throw new AdwStreamError('invalid_event', `Unknown message type: ${pythonText(frame.type)}`);
  const data = isRecord(frame.data) ? frame.data : {};
  requireKeys(data, 'workflow_log', 'Missing required fields for workflow_log: ');
  return [{ type: 'workflow_log', data }];
}
