import { AdwStreamError } from '../../../base/errors.ts';

/** What of the NATS client's iterators is used. */
export interface Stoppable<Item> extends AsyncIterable<Item> {
  /** Ends the iteration with this error. */
  stop(error?: Error): void;
}

/**
 * What an iterator of the NATS client gives. One whose connection breaks stops listening for heartbeats, and asks how its
 * consumer is until that is answered: while the consumer's server is dead it waits for ever, and so would its reader.
 * @param ms for which nothing may come while something is waited for
 * @throws AdwStreamError store_unavailable after that time
 */
export async function* withIdleTimeout<Item>(source: Stoppable<Item>, ms: number): AsyncGenerator<Item> {
  const giveUp = () => source.stop(new AdwStreamError('store_unavailable', 'JetStream has fallen silent.'));
  let timer = setTimeout(giveUp, ms);
  try {
    for await (const item of source) {
      clearTimeout(timer);
      yield item;
      timer = setTimeout(giveUp, ms);
    }
  } finally {
    clearTimeout(timer);
  }
}
