import type { NewEvent } from '../../event/schema.ts';
import { eventsOf, type Item } from '../flow.ts';
import type { Sink, SinkReport } from './sink.ts';

/** Nothing is delivered: events go to the command that reads the tree (tail, list, status). */
export class LocalSink implements Sink {
  readonly isOpen = true;
  readonly isReference = false;
  readonly hasRoom = true;
  readonly isEmpty = true;
  readonly error = undefined;
  readonly isConnected = false;
  readonly retries = 0;
  readonly #onEvents: (events: readonly NewEvent[]) => void;
  #reports: SinkReport[] = [{ kind: 'positions', positions: undefined, held: [] }];

  constructor(onEvents: (events: readonly NewEvent[]) => void) {
    this.#onEvents = onEvents;
  }

  push(item: Item): void {
    this.#onEvents(eventsOf(item));
  }

  takeReports(): SinkReport[] {
    const reports = this.#reports;
    this.#reports = [];
    return reports;
  }

  askPositions(): void {}

  askHeld(): void {}

  checkLog(): void {}

  askStatus(): void {}

  close(): void {}
}
