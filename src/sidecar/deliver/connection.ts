import type { RunState } from '../../event/run-state.ts';
import type { Delivery } from './delivery.ts';
import { LocalLink, type LocalLinkOptions } from './local-link.ts';
import { NativeDelivery } from './native.ts';
import type { ServerLink } from './server-link.ts';

/** A connection to a server whose kind is known. */
export interface Connection {
  readonly delivery: Delivery;
  /** How it goes. */
  readonly link: Pick<ServerLink, 'connected' | 'retries'>;
  /** The epoch of our server's log now; undefined where the server does not answer or keeps none. */
  epoch(): Promise<string | undefined>;
  /** The ADW's status by our server's log; undefined where there is none. */
  status(): Promise<RunState | undefined>;
  close(): void;
}

/** Connects to the log of a server in the same process: nothing is to be found out, and nothing can be in its place. */
export function connectLocally(options: LocalLinkOptions): Connection {
  const { adwId, localLog } = options;
  const link = new LocalLink(options);
  return {
    delivery: new NativeDelivery(link, options),
    link,
    epoch: async () => localLog().epoch,
    status: async () => localLog().status(adwId),
    close: () => link.close(),
  };
}
