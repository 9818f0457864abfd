import { rmSync } from 'node:fs';
import { z } from 'zod';
import { messageOf, systemCode } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { readOwnFile } from '../../base/own-file.ts';
import { appendWhole } from '../../base/whole-writes.ts';
import { positionSchema } from '../../event/position.ts';

const noteSchema = z.object({
  /** The server that took it. */
  server: z.string(),
  /** Where a file stands since. */
  position: positionSchema.optional(),
  /** Ids of events that are not of a stream's line. */
  announced: z.array(z.string()).default([]),
});

/** What a server took at once: one line of a file, or one event of another. */
export type TakenNote = z.infer<typeof noteSchema>;

/**
 * What a reference server has taken since the checkpoint was written, a line of JSON each. The checkpoint is written whole
 * and with fsync, which for each line would take longer than sending it; an appended line outlives a kill of the process.
 * A power cut may lose them: then what was sent since the checkpoint is sent again.
 */
export class TakenSince {
  readonly #path: string;
  readonly #log: Logger;
  #isWarned = false;
  #isEmpty = false;

  /** @param path the file in the state directory */
  constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
  }

  /** What was noted, oldest first, up to a line that cannot be read. */
  read(server: string): TakenNote[] {
    const notes: TakenNote[] = [];
    for (const line of this.#text().split('\n')) {
      if (line === '') break;
      const note = noteSchema.safeParse(parseJson(line));
      if (!note.success) break;
      if (note.data.server === server) notes.push(note.data);
    }
    return notes;
  }

  /** Notes what was taken. A full disk costs one warning, and that it may be sent again. */
  add(note: TakenNote): void {
    this.#isEmpty = false;
    try {
      appendWhole(this.#path, `${JSON.stringify(note)}\n`);
    } catch (error) {
      if (!this.#isWarned) this.#log.report('checkpoint_unsaved', { error: messageOf(error) });
      this.#isWarned = true;
    }
  }

  /** The checkpoint has all of it. */
  clear(): void {
    if (this.#isEmpty) return;
    rmSync(this.#path, { force: true });
    this.#isEmpty = true;
  }

  #text(): string {
    try {
      return readOwnFile(this.#path).toString('utf8');
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') this.#log.report('checkpoint_unread', { error: messageOf(error) });
      return '';
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
