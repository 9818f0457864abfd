import type { HeldRanges, RefusedUnit } from '../../event/position.ts';
import type { RunState } from '../../event/run-state.ts';
import type { Item } from '../flow.ts';
import type { Acknowledged, FileGeneration, LogPositions } from './delivery.ts';

/** What a sink tells its owner, in the order in which it happened. */
export type SinkReport =
  /** Where the log stands: items follow it from now on, and what was pushed before and not acknowledged is dropped. */
  | {
      readonly kind: 'positions';
      readonly positions: LogPositions | undefined;
      /** What the log holds of generations that it refused. */
      readonly held: readonly RefusedUnit[];
    }
  /** Items are in the log. */
  | { readonly kind: 'acknowledged'; readonly items: readonly Item[]; readonly outcome: Acknowledged }
  /** What the log holds of a generation that was asked for; undefined where the server does not tell. */
  | { readonly kind: 'held'; readonly file: FileGeneration; readonly held: HeldRanges | undefined }
  /** The ADW's status by the server's log; undefined where it keeps none. */
  | { readonly kind: 'status'; readonly status: RunState | undefined };

/**
 * Where items go: to a server, or no further than this process. Nothing is waited for here; what becomes of items is
 * asked for with {@link takeReports}.
 */
export interface Sink {
  /** Whether the log's positions are known, so that reading may begin; a first report told them. */
  readonly isOpen: boolean;
  /** Whether the other side is a reference server: it keeps no positions and no artifacts. Known once it is open. */
  readonly isReference: boolean;
  /** Whether an item may be pushed now. */
  readonly hasRoom: boolean;
  /** Whether nothing waits, and nothing is on its way. */
  readonly isEmpty: boolean;
  /** What made delivery fail for good; undefined while it goes on. */
  readonly error: unknown;
  /** Whether the other side answers at the moment. */
  readonly isConnected: boolean;
  /** Tries after the first, over all requests. */
  readonly retries: number;
  /** Delivers an item behind those pushed before. */
  push(item: Item): void;
  /** What happened since the last call. */
  takeReports(): SinkReport[];
  /** Drops the units that wait, and asks again where the log stands: what it claims cannot be. */
  askPositions(): void;
  /** Asks what the log holds of a generation; a report answers. */
  askHeld(file: FileGeneration): void;
  /** Makes sure now and then, beside everything else, that the server still has the same log. */
  checkLog(now: number): void;
  /** Asks for the ADW's status; a report answers. */
  askStatus(): void;
  close(): void;
}
