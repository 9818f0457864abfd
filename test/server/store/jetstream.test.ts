import { describe } from 'vitest';
import { storeContract } from './contract.ts';
import { openStore } from './jetstream/open-store.ts';

describe('on a nats-server', () => {
  storeContract('JetStream', openStore, new URL('./jetstream/open-store.ts', import.meta.url));
});
