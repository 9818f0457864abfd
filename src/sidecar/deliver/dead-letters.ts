import { type Clock, isoTime, systemClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { appendWhole } from '../../base/whole-writes.ts';
import type { ArtifactUpload } from '../flow.ts';
import type { Refusal } from './delivery.ts';

/**
 * Events that a server refused for good, one JSON line each with time and reason, and the artifact where it was that, so
 * that the stream goes on and nothing is dropped silently. `replay --rejected` sends them again.
 */
export class DeadLetters {
  readonly path: string;
  readonly #log: Logger;
  readonly #clock: Clock;
  #warned = false;

  /** @param path the dead-letter file in the state directory */
  constructor(path: string, { log, clock = systemClock }: { log: Logger; clock?: Clock }) {
    this.path = path;
    this.#log = log;
    this.#clock = clock;
  }

  /** Writes refusals down; warns once. */
  add(refusals: readonly Refusal[]): void {
    if (refusals.length === 0) return;
    const time = isoTime(this.#clock.now());
    const lines = refusals.map(({ event, reason, artifact }) => {
      return `${JSON.stringify({ time, reason, event, ...(artifact && { artifact: writtenArtifact(artifact) }) })}\n`;
    });
    try {
      appendWhole(this.path, lines.join(''));
    } catch (error) {
      this.#log.report('dead_letter_lost', { path: this.path, error: messageOf(error) });
    }
    if (this.#warned) return;
    this.#warned = true;
    this.#log.report('event_refused', { reason: refusals[0]?.reason, path: this.path });
  }
}

function writtenArtifact({ path, sha256, mediaType, bytes }: ArtifactUpload) {
  return { path, sha256, media_type: mediaType, base64: bytes.toString('base64') };
}
