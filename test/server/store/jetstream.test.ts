import { describe } from 'vitest';
import { storeContract } from './contract.ts';
import { hasNatsServer } from './jetstream/nats-server.ts';
import { openStore } from './jetstream/open-store.ts';

describe.runIf(hasNatsServer())('on a nats-server', () => {
  storeContract('JetStream', openStore, new URL('./jetstream/open-store.ts', import.meta.url));
});
