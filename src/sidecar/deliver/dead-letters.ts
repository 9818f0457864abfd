import { appendFileSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Clock, isoTime, systemClock } from '../../base/clock.ts';
import { messageOf, systemCode } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { parseEvent } from '../../event/schema.ts';
import type { Refusal } from './delivery.ts';

const letterSchema = z.object({ time: z.string(), reason: z.string(), event: z.unknown() });

/**
 * Events that a server refused for good, one JSON line each with time and reason, so that the stream goes on and nothing
 * is dropped silently. `replay --rejected` sends them again.
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
    const lines = refusals.map(({ event, reason }) => `${JSON.stringify({ time, reason, event })}\n`);
    try {
      appendFileSync(this.path, lines.join(''), { mode: 0o600 });
    } catch (error) {
      this.#log.error(`Refused events could not be kept in ${this.path}: ${messageOf(error)}`);
    }
    if (this.#warned) return;
    this.#warned = true;
    this.#log.warn(`The server refused an event (${refusals[0]?.reason}); refused events are kept in ${this.path}.`);
  }

  /** What was refused, oldest first; lines that are not dead letters are passed over with a warning. */
  read(): Refusal[] {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      throw error;
    }
    return text.split('\n').flatMap((line, index) => {
      if (line === '') return [];
      const refusal = parseLetter(line);
      if (refusal === undefined) this.#log.warn(`${this.path}:${index + 1} is not a dead letter; passed over.`);
      return refusal ?? [];
    });
  }
}

function parseLetter(line: string): Refusal | undefined {
  try {
    const letter = letterSchema.parse(JSON.parse(line));
    const parsed = parseEvent(letter.event);
    return parsed.ok ? { event: parsed.event, reason: letter.reason } : undefined;
  } catch {
    return undefined;
  }
}
