/** The part of a browser's `window` and `document` that is used, where there are any. */
interface Listenable {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
}

/** Whether this runs in a page of a browser. */
export function isPage(): boolean {
  return 'document' in globalThis;
}

/**
 * Calls `wake` when the network comes back and when the page is shown again: a browser that slept learns of its dead
 * connection by asking. Does nothing outside browsers. Returns a function that stops it.
 */
export function onWake(wake: () => void): () => void {
  const scope = globalThis as Listenable & { document?: Listenable & { visibilityState?: string } };
  const { document } = scope;
  const shown = () => {
    if (document?.visibilityState !== 'hidden') wake();
  };
  scope.addEventListener?.('online', wake);
  document?.addEventListener?.('visibilitychange', shown);
  return () => {
    scope.removeEventListener?.('online', wake);
    document?.removeEventListener?.('visibilitychange', shown);
  };
}
