import { type IdFormat, isAdwId, shapeOfId } from '../../adw/id.ts';
import { isoTime } from '../../base/clock.ts';
import { AdwStreamError, messageOf } from '../../base/errors.ts';
import { Refusal } from '../../base/refusal.ts';
import { holdsMoreValues } from '../../event/json-size.ts';
import { EVENT_VALUES_MAX } from '../../event/limits.ts';
import {
  ALL_ADWS,
  type ClientMessage,
  type ClientMessageType,
  clientMessageSchemas,
  isClientMessageType,
} from '../../event/message.ts';
import { acknowledge } from './acknowledge.ts';
import { type ClientFault, errorMessage, fault } from './client-fault.ts';

import type { Hub } from './hub.ts';
import type { Peer } from './peer.ts';

/** What answering a client's message takes. */
export interface Protocol {
  readonly hub: Hub;
  /** Which ids a subscription may name. */
  readonly idFormat: IdFormat;
  /** Takes a `workflow_log`, `adw_broadcast` or `agent_broadcast` that came over a WebSocket; rejects to refuse it. */
  readonly ingestMessage: (message: unknown) => Promise<unknown>;
}

type Answer<Type extends ClientMessageType> = (
  message: ClientMessage<Type>,
  peer: Peer,
  protocol: Protocol,
) => Promise<unknown> | undefined;

const NOT_OFFERED = 'adw-stream shows workflows; starting or changing them is not offered here';

/** A message that becomes an event, if its sender may write. */
function ingested(message: unknown, peer: Peer, { ingestMessage }: Protocol): Promise<unknown> {
  if (!peer.origin.mayWrite) {
    throw new Refusal('read token', { code: 'unauthorized', message: 'This token may read and not write.' });
  }
  return ingestMessage(message);
}

/** What each message of a client does, by type. A promise is one of ingest; its refusal goes to the client. */
const ANSWERS: { readonly [Type in ClientMessageType]: Answer<Type> } = {
  ping: ({ timestamp }, peer, { hub }) => {
    const nowMs = hub.clock.now();
    const server_time = isoTime(nowMs);
    peer.send({
      type: 'pong',
      // A number in any case: the reference's connection monitor subtracts it from its own clock.
      timestamp: typeof timestamp === 'number' ? timestamp : nowMs,
      server_time,
      connection_id: peer.id,
      ...(timestamp === undefined ? {} : { client_timestamp: timestamp }),
      data: { timestamp: server_time },
    });
  },
  subscribe: ({ adw_id, after, epoch, types, batch }, peer, { hub, idFormat }) => {
    requireTarget(adw_id, idFormat);
    const { subscriptions } = peer;
    if (!subscriptions.has(adw_id) && subscriptions.size >= hub.limits.subscriptionsMax) {
      throw fault('too_many_subscriptions', `A connection has at most ${hub.limits.subscriptionsMax} subscriptions`);
    }
    const subscription = subscriptions.add({
      adwId: adw_id,
      after: after ?? undefined,
      epoch: epoch ?? undefined,
      types: types ?? undefined,
      encoding: batch === true ? 'batch' : 'message',
    });
    acknowledge(peer, hub, { adw_id, status: 'subscribed', from_seq: subscription.cursor });
    subscription.start();
  },
  unsubscribe: ({ adw_id }, peer, { hub, idFormat }) => {
    requireTarget(adw_id, idFormat);
    peer.subscriptions.remove(adw_id);
    acknowledge(peer, hub, { adw_id, status: 'unsubscribed' });
  },
  register_session: ({ data: { session_id } }, peer, { hub }) => {
    peer.sessionId = session_id;
    const data = { session_id, message: 'Session registered', timestamp: isoTime(hub.clock.now()) };
    peer.send({ type: 'session_registered', data });
  },
  workflow_log: ingested,
  adw_broadcast: ingested,
  agent_broadcast: ingested,
  trigger_workflow: ({ data }, peer, { hub }) => {
    const text = (value: unknown) => (typeof value === 'string' ? value : null);
    peer.send({
      type: 'trigger_response',
      data: {
        status: 'error',
        adw_id: text(data?.adw_id),
        workflow_name: text(data?.workflow_type),
        message: NOT_OFFERED,
        logs_path: null,
        error: NOT_OFFERED,
        timestamp: isoTime(hub.clock.now()),
      },
    });
  },
  ticket_notification: (_message, peer, { hub }) => {
    const timestamp = isoTime(hub.clock.now());
    peer.send({
      type: 'ticket_notification_response',
      data: { status: 'error', message: NOT_OFFERED, error: NOT_OFFERED, timestamp },
    });
  },
};

/**
 * Answers one text message of a client. Total: whatever it holds, the worst that happens is an `error` to that client.
 * @returns the ingest that is under way, which never rejects
 */
export function answer(text: string, peer: Peer, protocol: Protocol): Promise<void> | undefined {
  const { hub } = protocol;
  const refuse = (error: unknown) => {
    if (error instanceof Refusal) hub.refusals.note(error.kind, peer.origin.remoteAddress);
    peer.send(errorMessage(error, hub));
  };
  try {
    const message = parse(text);
    const answered = answerOne(message.type, message, peer, protocol);
    return answered?.then(() => undefined, refuse);
  } catch (error) {
    refuse(error);
    return undefined;
  }
}

function answerOne<Type extends ClientMessageType>(
  type: Type,
  ...args: [message: ClientMessage<Type>, peer: Peer, protocol: Protocol]
): Promise<unknown> | undefined {
  const given: Answer<Type> = ANSWERS[type];
  return given(...args) ?? undefined;
}

function parse(text: string): ClientMessage {
  if (holdsMoreValues(text, EVENT_VALUES_MAX)) {
    throw fault('invalid_message', `A message holds at most ${EVENT_VALUES_MAX} keys and values`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw fault('invalid_json', `Invalid JSON format: ${messageOf(error).slice(0, 200)}`);
  }
  const type = typeof json === 'object' && json !== null && 'type' in json ? json.type : undefined;
  if (!isClientMessageType(type)) {
    const shown = typeof type === 'string' ? type.slice(0, 80) : typeof type;
    throw fault('unknown_message_type', `Unknown message type: ${shown}`);
  }
  const parsed = clientMessageSchemas[type].safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.join('.') ?? '';
  throw REFUSALS[type]?.(json) ?? fault('invalid_message', `Invalid ${type}: ${path}: ${issue?.message}`, { path });
}

/** Where the reference has a text of its own for a message that lacks something. */
const REFUSALS: { readonly [Type in ClientMessageType]?: (message: unknown) => ClientFault } = {
  register_session: () => fault('invalid_message', 'session_id is required for session registration'),
  workflow_log: message => {
    const data = typeof message === 'object' && message !== null && 'data' in message ? message.data : undefined;
    const has = (field: string) => typeof data === 'object' && data !== null && Object.hasOwn(data, field);
    const missing = ['adw_id', 'workflow_name', 'message', 'level', 'timestamp'].filter(field => !has(field));
    return fault('invalid_message', `Missing required fields for workflow_log: ${missing.join(', ')}`, { missing });
  },
};

function requireTarget(adwId: string, idFormat: Protocol['idFormat']): void {
  if (adwId === ALL_ADWS || isAdwId(adwId, idFormat)) return;
  throw new AdwStreamError('invalid_adw_id', `Invalid adw_id ${JSON.stringify(adwId)}: ${shapeOfId(adwId, idFormat)}`);
}
