import { phaseOfRole } from '../adw/phase.ts';
import { lstatIfAny } from '../base/stat.ts';
import type { Unreadable } from './discover/tree.ts';
import type { FileEvents } from './flow.ts';
import type { ReadingOptions } from './options.ts';
import type { FileFact } from './parse/files/file-events.ts';
import { pollingEvents, unreadableEvents, unreadableMessage } from './parse/files/trouble.ts';

/** What a watch of one ADW cannot see or hear, told once each: in the terminal at once, in the log when there is room. */
export class Diagnostics {
  readonly #options: ReadingOptions;
  readonly #told = new Set<string>();
  #waiting: FileEvents[] = [];
  #polling: string | undefined;

  constructor(options: ReadingOptions) {
    this.#options = options;
  }

  /** Whether something waits to be told. */
  get isPending(): boolean {
    return this.#waiting.length > 0;
  }

  /** A file or directory that may not be read. */
  unreadable({ path, absolute, code, role }: Unreadable): void {
    if (this.#told.has(`${path} ${code}`)) return;
    this.#told.add(`${path} ${code}`);
    this.#options.log.warn(unreadableMessage(path, code));
    const phase = role === undefined ? undefined : phaseOfRole(role, this.#options.phaseMap);
    const ms = lstatIfAny(absolute)?.mtimeMs;
    const time: FileFact['time'] = ms === undefined ? { ms: 0, timing: 'unknown' } : { ms, timing: 'estimated' };
    this.#waiting.push(unreadableEvents({ adwId: this.#options.adwId, path, role, phase, time }, code));
  }

  /** There are no file system events. */
  polling(why: string): void {
    this.#polling = why;
  }

  /**
   * What there is to tell by now. That files are polled concerns a run which writes: told of one that has long ended it
   * would only move its end.
   */
  *take({ now, isGrowing }: { now: number; isGrowing: () => boolean }): Generator<FileEvents> {
    if (this.#polling !== undefined && isGrowing()) {
      const fact: FileFact = { adwId: this.#options.adwId, path: '.', time: { ms: now, timing: 'observed' } };
      this.#waiting.push(pollingEvents(fact, this.#polling));
      this.#polling = undefined;
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    yield* waiting;
  }
}
