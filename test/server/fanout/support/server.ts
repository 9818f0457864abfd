import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import websocket from '@fastify/websocket';
import Fastify from 'fastify';
import { systemClock } from '../../../../src/base/clock.ts';
import { silentLogger } from '../../../../src/base/log.ts';
import type { EventType } from '../../../../src/event/types.ts';
import {
  createFanout,
  type Fanout,
  type FanoutOptions,
  fanoutRoutes,
  WEBSOCKET_OPTIONS,
} from '../../../../src/server/fanout/index.ts';
import { openSqliteStore } from '../../../../src/server/store/sqlite/index.ts';
import type { AppendEntry, Store } from '../../../../src/server/store/store.ts';
import { afterEveryTest } from '../../../setup/after.ts';

/** A fan-out behind a real server, on a log of its own. */
export interface Served {
  readonly fanout: Fanout;
  readonly store: Store;
  /** `ws://127.0.0.1:…` */
  readonly url: string;
  /** `http://127.0.0.1:…` */
  readonly httpUrl: string;
  readonly port: number;
  /** What clients sent for ingest. */
  readonly ingested: unknown[];
  close(): Promise<void>;
}

const running = new Set<Served>();
let events = 0;

afterEveryTest(async () => {
  for (const served of running) await served.close();
});

/** What a test wants of a fan-out; `isShared`: its log is one to which other servers may write. */
type ServeOptions = Partial<FanoutOptions> & { readonly isShared?: boolean };

/** Serves a fan-out until the test ends: of the given store, or of one of its own. */
export async function serve({ isShared, ...options }: ServeOptions = {}): Promise<Served> {
  const dataDir = await mkdtemp(join(tmpdir(), 'adw-fanout-'));
  const own = options.store ?? (await openSqliteStore({ dataDir, log: silentLogger }));
  const store: Store = isShared ? Object.create(own, { isShared: { value: true } }) : own;
  const ingested: unknown[] = [];
  const fanout = createFanout({
    ingestMessage: async message => void ingested.push(message),
    heartbeatMs: 30_000,
    clock: systemClock,
    log: silentLogger,
    ...options,
    store,
  });
  // An idle keep-alive connection of a test's fetch is not worth waiting for.
  const app = Fastify({ forceCloseConnections: true });
  await app.register(websocket, WEBSOCKET_OPTIONS);
  await app.register(fanoutRoutes(fanout));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const served: Served = {
    fanout,
    store,
    ingested,
    port,
    url: `ws://127.0.0.1:${port}`,
    httpUrl: `http://127.0.0.1:${port}`,
    async close() {
      running.delete(served);
      await fanout.close();
      await app.close();
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  running.add(served);
  return served;
}

/** Beside `content`, what the types that these tests use demand. */
const FIELDS: Partial<Record<EventType, object>> = {
  tool_use_pre: { tool_name: 'Bash' },
  tool_use_post: { tool_name: 'Bash', success: true, status: 'success' },
  usage_update: { usage: {}, totals: {}, estimated: true },
};

/** An entry to append: one event of an ADW, numbered so that each is its own. */
export function entry(adwId: string, type: EventType = 'text_block', content = ''): AppendEntry {
  const eventId = `event-${++events}`;
  const timestamp = '2026-01-01T00:00:00.000Z';
  return {
    kind: 'event',
    event: {
      type,
      adwId,
      eventId,
      timeMs: Date.parse(timestamp),
      role: undefined,
      durationMs: undefined,
      status: '',
      text: '',
      dataJson: JSON.stringify({ adw_id: adwId, event_id: eventId, timestamp, content, ...FIELDS[type] }),
    },
  };
}
