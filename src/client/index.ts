export type { AdwStatus, AdwSummary, PhaseSummary, RoleSummary } from '../adw/summary-shape.ts';
export { AdwStreamError, type ErrorCode } from '../base/errors.ts';
export type { DataOf, LogEvent } from '../event/schema.ts';
export type { EventType } from '../event/types.ts';
export { Client, connect } from './client.ts';
export type { ClientEvents, ClientStatus, ConnectionState, Gap, Lagging, Quality, Resync } from './events.ts';
export type { OutgoingMessage } from './link.ts';
export type { ClientOptions } from './options.ts';
export {
  type Adws,
  type Artifact,
  createReads,
  type EventIndex,
  type EventsPage,
  type EventsQuery,
  type ReadOptions,
  type Reads,
} from './reads.ts';
export type { SubscribeOptions } from './subscriptions.ts';
export type { WebSocketConstructor, WebSocketEvent, WebSocketLike } from './websocket-link.ts';
