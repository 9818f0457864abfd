import type { AddressInfo } from 'node:net';
import websocket from '@fastify/websocket';
import Fastify from 'fastify';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/log.ts';
import { createFanout, fanoutRoutes, WEBSOCKET_OPTIONS } from '../../src/server/fanout/index.ts';
import { openSqliteStore } from '../../src/server/store/sqlite/index.ts';
import type { AppendEntry } from '../../src/server/store/store.ts';

// A log that fills itself and is handed out live, in a process that a test can stop, continue and kill:
// `serve-log.ts <data directory>`. Prints its port. Three ADWs get events every few ms until `POST /quiet`.
const [, , dataDir = ''] = process.argv;
const store = await openSqliteStore({ dataDir, log: silentLogger });
const fanout = createFanout({
  store,
  ingestMessage: async () => undefined,
  heartbeatMs: 500,
  clock: systemClock,
  log: silentLogger,
});
const app = Fastify({ forceCloseConnections: true });
await app.register(websocket, WEBSOCKET_OPTIONS);
await app.register(fanoutRoutes(fanout));
app.addHook('onRequest', async (_request, reply) => void reply.header('access-control-allow-origin', '*'));
app.get('/health', () => ({ adw_stream: { api: 'v1', epoch: store.epoch }, store: { last_seq: store.lastSeq } }));
app.post('/quiet', async () => {
  clearInterval(timer);
  await appending;
  return { last_seq: store.lastSeq };
});
app.get('/seqs', async () => {
  const seqs: Record<string, number[]> = {};
  for (let after = 0; after < store.lastSeq; ) {
    const page = await store.read({ after, limit: 1_000 });
    for (const { adwId, seq } of page) {
      seqs[adwId] ??= [];
      seqs[adwId]?.push(seq);
    }
    after = page.at(-1)?.seq ?? store.lastSeq;
  }
  return seqs;
});

let appending: Promise<unknown> = Promise.resolve();
let count = store.lastSeq;
const timer = setInterval(() => {
  appending = Promise.all([appending, store.append([entry(), entry(), entry()])]);
}, 10);

function entry(): AppendEntry {
  const adwId = ['aaaaaaa1', 'bbbbbbb2', 'ccccccc3'][++count % 3] as string;
  const eventId = `${process.pid}-${count}`;
  const timestamp = new Date().toISOString();
  return {
    kind: 'event',
    event: {
      type: 'text_block',
      adwId,
      eventId,
      timeMs: Date.now(),
      role: undefined,
      durationMs: undefined,
      status: '',
      text: '',
      dataJson: JSON.stringify({ adw_id: adwId, event_id: eventId, timestamp, content: 'x'.repeat(200) }),
    },
  };
}

await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${(app.server.address() as AddressInfo).port}\n`);
process.on('SIGTERM', async () => {
  clearInterval(timer);
  await fanout.close();
  process.exit(0);
});
