import type { FileEvents } from '../flow.ts';
import type { SidecarOptions } from '../options.ts';

/** Events that no file tells, each handed out once: a new log is told the first ones again. */
export class BesideEvents {
  readonly #beside: SidecarOptions['beside'];
  #isFirstTold = false;
  #isLastTold = false;

  constructor(beside: SidecarOptions['beside']) {
    this.#beside = beside;
  }

  /** What is known from the start. @param isNewLog whether the log that knew it is gone */
  takeFirst(isNewLog: boolean): FileEvents[] {
    if (this.#isFirstTold && !isNewLog) return [];
    this.#isFirstTold = true;
    return [{ events: this.#beside?.first ?? [], artifacts: [] }];
  }

  /** What is known when everything has been read. */
  takeLast(): FileEvents[] {
    if (this.#isLastTold) return [];
    this.#isLastTold = true;
    return [{ events: this.#beside?.last() ?? [], artifacts: [] }];
  }
}
