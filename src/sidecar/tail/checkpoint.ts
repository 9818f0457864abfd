import { renameSync } from 'node:fs';
import { z } from 'zod';
import { messageOf, systemCode } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { readOwnFile } from '../../base/own-file.ts';
import { writeFileAtomic } from '../../base/whole-writes.ts';
import { type Position, positionSchema } from '../../event/position.ts';

const VERSION = 1;

const checkpointSchema = z.object({
  version: z.number(),
  /** The server that acknowledged, and its log. A reference server has no epoch. */
  server: z.string(),
  epoch: z.string().nullable(),
  files: z.array(positionSchema),
  /** Content hashes of file events (screenshots, specs, …) that were acknowledged. */
  announced: z.array(z.string()).default([]),
  /** Files as they were when they held what the log does, up to `up_to`: while they stay so, nothing has to be compared. */
  unchanged: z
    .array(
      z.object({
        path: z.string(),
        fingerprint: z.string(),
        up_to: z.number(),
        ino: z.number(),
        bytes: z.number(),
        ctime_ms: z.number(),
      }),
    )
    .default([]),
});

/** The state of a file that held what the log does, up to a byte offset. */
export type UnchangedFile = z.infer<typeof checkpointSchema>['unchanged'][number];

/** What the sidecar remembers of one ADW between runs. */
export interface CheckpointState {
  readonly server: string;
  readonly epoch: string | null;
  readonly files: readonly Position[];
  readonly announced: readonly string[];
  readonly unchanged: readonly UnchangedFile[];
}

/**
 * The positions that a server has acknowledged, on our own disk. Against our server it is only a cache (the log owns
 * the positions); against a reference server it is the whole truth. A lost or unreadable checkpoint therefore costs a
 * question to the server, never a line.
 */
export class Checkpoint {
  readonly #path: string;
  readonly #log: Logger;
  #warned = false;

  /** @param path the checkpoint's file in the state directory */
  constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
  }

  /** What was saved, or undefined. A corrupt or newer file is moved aside with one warning. */
  load(): CheckpointState | undefined {
    let text: string;
    try {
      text = readOwnFile(this.#path).toString('utf8');
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') this.#log.report('checkpoint_unread', { error: messageOf(error) });
      return undefined;
    }
    const parsed = checkpointSchema.safeParse(parseJson(text));
    if (parsed.success && parsed.data.version === VERSION) return parsed.data;
    const why = parsed.success ? `is of version ${parsed.data.version}` : 'is damaged';
    const aside = `${this.#path}.unread`;
    this.#log.report('checkpoint_damaged', { path: this.#path, why, aside });
    try {
      renameSync(this.#path, aside);
    } catch (error) {
      this.#log.report('checkpoint_not_moved', { error: messageOf(error) });
    }
    return undefined;
  }

  /**
   * Saves; a full disk costs one warning and no line. Answers whether it was saved.
   * @param options.durable whether it has to outlive a power cut: not where it is a cache
   */
  save(state: CheckpointState, { durable }: { durable: boolean }): boolean {
    try {
      writeFileAtomic(this.#path, `${JSON.stringify({ version: VERSION, ...state })}\n`, { durable });
      this.#warned = false;
      return true;
    } catch (error) {
      if (!this.#warned) this.#log.report('checkpoint_unsaved', { error: messageOf(error) });
      this.#warned = true;
      return false;
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
