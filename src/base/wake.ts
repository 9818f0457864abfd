/** Lets one loop wait for a while, or until it is told that there is something to do. */
export class Wake {
  #isNotified = false;
  #resolve: (() => void) | undefined;

  /** Ends the wait; where there is none, the next wait ends at once. */
  notify(): void {
    this.#isNotified = true;
    this.#resolve?.();
  }

  /** Resolves after `ms`, or as soon as there was a {@link notify} since the last wait. */
  async wait(ms: number): Promise<void> {
    if (!this.#isNotified && ms > 0) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, ms);
        this.#resolve = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#resolve = undefined;
    }
    this.#isNotified = false;
  }
}
