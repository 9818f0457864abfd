import type { ArtifactUpload, Item } from '../flow.ts';
import type { Answer } from './answer.ts';
import type { FileGeneration } from './delivery.ts';
import type { Refused } from './retries.ts';

/**
 * A way to a server of ours, for one ADW: over HTTP, or to the log of a server in the same process. Each question is asked
 * again for as long as that may help, and answered with the status and the body that its route has.
 */
export interface ServerLink {
  /** Tries after the first, over all questions. */
  readonly retries: number;
  /** Whether the last question was answered. */
  readonly connected: boolean;
  /** `GET /api/v1/adws/:id/positions`. */
  positions(): Promise<Answer>;
  /** `GET /api/v1/adws/:id/held`. */
  held(file: FileGeneration): Promise<Answer>;
  /** `POST /api/v1/events`, with the events of items in order. */
  append(items: readonly Item[]): Promise<Answer>;
  /** `PUT /api/v1/adws/:id/artifacts/*`. */
  put(artifact: ArtifactUpload): Promise<Answer>;
  /** Waits before something that was refused is asked again: as `Retries.waitRefused`. */
  waitRefused(failure: string, refused: Refused): Promise<void>;
}
