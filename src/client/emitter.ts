type Listener = (value: never) => void;

/** Listeners by name. One that throws is reported as the platform reports it, and does not keep the others from being called. */
export class Emitter {
  readonly #listeners = new Map<string, Set<Listener>>();

  /** Adds a listener. Returns a function that takes it away again. */
  on(name: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(name, listeners);
    return () => void listeners.delete(listener);
  }

  emit(name: string, value: unknown): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        (listener as (value: unknown) => void)(value);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}
