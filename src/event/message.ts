import { z } from 'zod';
import { EVENT_TYPES, type EventType } from './types.ts';

/**
 * What travels on `/ws` and `/ws/trigger` beside events: the control messages of both directions. Extra fields are kept;
 * `null` stands for an absent optional field, because the Python clients send it.
 */

const text = z.string();
const count = z.number().int().nonnegative();
const record = z.record(z.string(), z.unknown());
const eventType = z.enum(EVENT_TYPES as readonly [EventType, ...EventType[]]);

/** The `adw_id` that stands for every ADW in a subscription. */
export const ALL_ADWS = '*';

/** Client → server, by `type`. */
export const clientMessageSchemas = {
  /** `timestamp` comes back in the pong: as `timestamp` when it is a number, as `client_timestamp` always. */
  ping: z.looseObject({ type: z.literal('ping'), timestamp: z.unknown().optional() }),
  /**
   * Asks for the events of one ADW, or of all with `*`. `after` is the seq the client already has: the log is replayed
   * from there. With an `epoch` that is not the log's, `after` is of another log and the replay begins at 0.
   */
  subscribe: z.looseObject({
    type: z.literal('subscribe'),
    adw_id: text.min(1).max(64),
    after: count.nullish(),
    epoch: text.max(128).nullish(),
    types: z.array(eventType).min(1).max(256).nullish(),
    batch: z.boolean().nullish(),
  }),
  unsubscribe: z.looseObject({ type: z.literal('unsubscribe'), adw_id: text.min(1).max(64) }),
  register_session: z.looseObject({
    type: z.literal('register_session'),
    data: z.looseObject({ session_id: text.min(1).max(256), client_info: z.unknown().optional() }),
  }),
  workflow_log: z.looseObject({
    type: z.literal('workflow_log'),
    data: z.looseObject({
      adw_id: z.unknown(),
      workflow_name: z.unknown(),
      message: z.unknown(),
      level: z.unknown(),
      timestamp: z.unknown(),
    }),
  }),
  trigger_workflow: z.looseObject({ type: z.literal('trigger_workflow'), data: record.nullish() }),
  ticket_notification: z.looseObject({ type: z.literal('ticket_notification'), data: record.nullish() }),
  /** The flat protocol of workflows that push over a WebSocket of their own. */
  adw_broadcast: z.looseObject({ type: z.literal('adw_broadcast'), broadcast_type: text.min(1).max(128) }),
  agent_broadcast: z.looseObject({ type: z.literal('agent_broadcast'), broadcast_type: text.min(1).max(128) }),
} as const;

/** The type of a control message that a client may send. */
export type ClientMessageType = keyof typeof clientMessageSchemas;
/** One control message of a client. */
export type ClientMessage<Type extends ClientMessageType = ClientMessageType> = z.infer<
  (typeof clientMessageSchemas)[Type]
>;

/** Whether `type` names a message that a client may send. */
export function isClientMessageType(type: unknown): type is ClientMessageType {
  return typeof type === 'string' && Object.hasOwn(clientMessageSchemas, type);
}

const message = <Type extends string, Shape extends z.core.$ZodLooseShape>(type: Type, shape: Shape) =>
  z.looseObject({ type: z.literal(type), data: z.looseObject(shape) });

/** An event as it travels to readers. */
export const eventMessageSchema = z.looseObject({
  type: eventType,
  seq: count,
  epoch: text,
  data: z.looseObject({ adw_id: text }),
});

/** Server → client, by `type`; events travel beside them. Times are UTC with `Z`, durations in ms. */
export const serverMessageSchemas = {
  /** First message of a connection. */
  connection_ack: message('connection_ack', {
    connection_id: text,
    connected_at: text,
    message: text,
    adw_stream: z.looseObject({ api: text, epoch: text, version: text }),
  }),
  /** `timestamp` is the ping's own when that was a number, so that a client's `now - timestamp` is a round trip. */
  pong: z.looseObject({
    type: z.literal('pong'),
    timestamp: z.union([z.number(), text]),
    server_time: text,
    connection_id: text,
    client_timestamp: z.unknown().optional(),
    data: z.looseObject({ timestamp: text }),
  }),
  heartbeat: message('heartbeat', {
    timestamp: text,
    server_time: text,
    active_connections: count,
    server_status: text,
  }),
  /** `from_seq` is where the subscription begins: the first event it can give is the next one after it. */
  subscription_ack: message('subscription_ack', {
    adw_id: text,
    status: z.enum(['subscribed', 'unsubscribed']),
    timestamp: text,
    epoch: text.optional(),
    from_seq: count.optional(),
  }),
  session_registered: message('session_registered', { session_id: text, message: text, timestamp: text }),
  /** Goes to the one client that it concerns. */
  error: message('error', {
    error_type: z.enum(['validation_error', 'workflow_error', 'system_error', 'rate_limit_error']),
    error_code: text,
    message: text,
    error_message: text,
    details: z.unknown(),
    timestamp: text,
    adw_id: text.optional(),
  }),
  /** Only to subscriptions that asked for `batch`. */
  batch: z.looseObject({ type: z.literal('batch'), events: z.array(eventMessageSchema) }),
  /** The subscription is served from the log; `behind` is how many seqs it is behind. Only to clients that subscribed. */
  lagging: message('lagging', { adw_id: text, behind: count }),
  trigger_response: message('trigger_response', {
    status: z.enum(['accepted', 'error', 'ignored']),
    adw_id: text.nullable(),
    workflow_name: text.nullable(),
    message: text,
    logs_path: text.nullable(),
    error: text.nullable(),
    timestamp: text,
  }),
  ticket_notification_response: message('ticket_notification_response', {
    status: z.enum(['accepted', 'error']),
    message: text,
    error: text.nullable(),
    timestamp: text,
  }),
} as const;

/** The type of a control message that the server sends. */
export type ServerMessageType = keyof typeof serverMessageSchemas;
/** One control message of the server. */
export type ServerMessage<Type extends ServerMessageType = ServerMessageType> = z.infer<
  (typeof serverMessageSchemas)[Type]
>;
