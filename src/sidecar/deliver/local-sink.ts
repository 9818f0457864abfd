import type { NewEvent } from '../../event/schema.ts';
import { type ArtifactUpload, eventsOf, type Item } from '../flow.ts';
import type { Sink, SinkReport } from './sink.ts';

/** What a command that reads a tree is told. */
export interface LocalReader {
  readonly onEvents: (events: readonly NewEvent[]) => void;
  readonly onArtifacts?: (artifacts: readonly ArtifactUpload[]) => void;
  /** Whether more may be told now; absent: always. */
  readonly hasRoom?: () => boolean;
}

/** Nothing is delivered: events go to the command that reads the tree (tail, list, status, export). */
export class LocalSink implements Sink {
  readonly isOpen = true;
  readonly isReference = false;
  readonly isEmpty = true;
  readonly error = undefined;
  readonly isConnected = false;
  readonly retries = 0;
  readonly #reader: LocalReader;
  #reports: SinkReport[] = [{ kind: 'positions', positions: undefined, held: [] }];

  constructor(reader: LocalReader) {
    this.#reader = reader;
  }

  get hasRoom(): boolean {
    return this.#reader.hasRoom?.() ?? true;
  }

  push(item: Item): void {
    const { artifacts } = item.kind === 'unit' ? item.unit : item.found;
    if (artifacts.length > 0) this.#reader.onArtifacts?.(artifacts);
    this.#reader.onEvents(eventsOf(item));
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
