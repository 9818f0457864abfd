import { type Phase, phaseOfRole } from '../../../adw/phase.ts';
import type { ReportFields } from '../../../base/telemetry.ts';
import type { FileEvents, Unreadable } from '../../flow.ts';
import { timeOfFile } from '../time.ts';
import { pollingEvents, unreadableEvents, unreadableFields } from './diagnostic-events.ts';
import type { FileOrigin } from './file-events.ts';

/** What a watch of one ADW cannot see, told once each: to the terminal at once, as events when there is room for them. */
export class Diagnostics {
  readonly #adwId: string;
  readonly #phaseMap: Readonly<Record<string, Phase>>;
  readonly #told = new Set<string>();
  #waiting: FileEvents[] = [];
  #polling: string | undefined;

  constructor({ adwId, phaseMap }: { adwId: string; phaseMap: Readonly<Record<string, Phase>> }) {
    this.#adwId = adwId;
    this.#phaseMap = phaseMap;
  }

  /** Whether something waits to be told as events. */
  get isPending(): boolean {
    return this.#waiting.length > 0;
  }

  /**
   * A file or directory may not be read.
   * @param writtenMs when it was last changed, ms; undefined where the file system does not say
   * @returns what to tell the terminal; undefined where that was told before
   */
  unreadable(
    { path, code, role }: Unreadable,
    writtenMs: number | undefined,
  ): ReportFields<'file_unreadable'> | undefined {
    if (this.#told.has(`${path} ${code}`)) return undefined;
    this.#told.add(`${path} ${code}`);
    const phase = role === undefined ? undefined : phaseOfRole(role, this.#phaseMap);
    const time = timeOfFile(writtenMs);
    this.#waiting.push(unreadableEvents({ adwId: this.#adwId, path, role, phase, time }, code));
    return unreadableFields(path, code);
  }

  /** There are no file system events. */
  polling(why: string): void {
    this.#polling = why;
  }

  /**
   * What there is to tell by now. That files are polled concerns a run which writes: told of one that has long ended it
   * would only move its end.
   */
  take({ now, isGrowing }: { now: number; isGrowing: () => boolean }): FileEvents[] {
    if (this.#polling !== undefined && isGrowing()) {
      const origin: FileOrigin = { adwId: this.#adwId, path: '.', time: { ms: now, timing: 'observed' } };
      this.#waiting.push(pollingEvents(origin, this.#polling));
      this.#polling = undefined;
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }
}
