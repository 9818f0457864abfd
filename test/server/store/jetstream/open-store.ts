import { silentLogger } from '../../../../src/base/log.ts';
import { openJetStreamStore } from '../../../../src/server/store/jetstream/open.ts';
import type { Store } from '../../../../src/server/store/store.ts';
import { killNatsServerIn, natsServerIn } from './nats-server.ts';

/** A store on a nats-server of its own, whose data is in `place`. */
export async function openStore(place: string): Promise<Store> {
  const { url } = await natsServerIn(place);
  return openJetStreamStore({ servers: [url], stream: 'adw', log: silentLogger });
}

/** Ends the nats-server of `place`. */
export async function removeStore(place: string): Promise<void> {
  await killNatsServerIn(place);
}
