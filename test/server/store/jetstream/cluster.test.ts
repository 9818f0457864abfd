import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AdwStreamError } from '../../../../src/base/errors.ts';
import { silentLogger } from '../../../../src/base/log.ts';
import { openJetStreamStore } from '../../../../src/server/store/jetstream/open.ts';
import { PositionMismatchError, type Store, type StoredEvent } from '../../../../src/server/store/store.ts';
import { aUnitEntry, idsOf } from '../contract/entries.ts';
import { type NatsCluster, startNatsCluster } from './nats-cluster.ts';
import { until } from './nats-server.ts';

const PATIENCE_MS = 240_000;

/** What three nats-servers with three replicas promise: any one of them may die. Each test has a log of its own. */
/** It takes minutes. */
const isAskedFor = process.env.ADW_STREAM_CLUSTER === '1';

describe.runIf(isAskedFor)('two nodes on a cluster of three nats-servers', { timeout: PATIENCE_MS }, () => {
  let cluster: NatsCluster;
  let stream = '';
  let streams = 0;
  let opened: Store[] = [];

  beforeAll(async () => {
    cluster = await startNatsCluster();
  }, PATIENCE_MS);
  afterAll(() => cluster.close(), PATIENCE_MS);
  afterEach(async () => {
    await Promise.all(opened.map(store => store.close()));
    opened = [];
  });

  const node = async (urls: readonly string[]): Promise<Store> => {
    const store = await openJetStreamStore({ servers: urls, stream, replicas: 3, log: silentLogger });
    opened.push(store);
    return store;
  };
  const twoNodes = async (): Promise<Store[]> => {
    streams += 1;
    stream = `log${streams}`;
    return [await node(cluster.urls), await node(cluster.urls.toReversed())];
  };

  it('hold every line once, in order, on every tail, while the leader is killed and comes back', async () => {
    const nodes = await twoNodes();
    const tails = nodes.map(store => {
      const seen: StoredEvent[] = [];
      store.tail(events => seen.push(...events));
      return seen;
    });
    const units = 150;
    let acknowledged = 0;
    const senders = Array.from({ length: 4 }, async (_, sender) => {
      for (let offset = 0; offset < units; offset += 1) {
        await sendUntilTaken(nodes, `sender0${sender}`, offset);
        acknowledged += 1;
      }
    });
    await until(() => acknowledged > 4 * 30);
    const leader = await cluster.leaderOf(stream);
    await cluster.kill(leader);
    await until(() => acknowledged > 4 * 60);
    await cluster.start(leader);
    await Promise.all(senders);
    await until(() => tails.every(seen => seen.length >= 4 * 2 * units));
    await cluster.untilComplete(stream);

    const log = await readAll(nodes[0]!);
    for (const seen of tails) expect(seen).toEqual(log);
    for (let sender = 0; sender < 4; sender += 1) {
      const ids = idsOf(await readAll(nodes[1]!, `sender0${sender}`));
      expect(ids.filter(id => !id.endsWith('/0'))).toEqual(
        Array.from({ length: units }, (_, offset) => `sdlc_planner/raw_output.jsonl:f1:${offset}-${offset + 1}`),
      );
    }
  });

  it('go on at another server when theirs is cut off from the rest, and lose nothing', async () => {
    const nodes = await twoNodes();
    let sent = 0;
    let cut = true;
    const sending = nodes.map(async (own, sender) => {
      for (let offset = 0; cut || offset < 40; offset += 1) {
        await sendUntilTaken([own], `sender0${sender}`, offset);
        sent += 1;
      }
    });
    await until(() => sent > 40);
    const leader = await cluster.leaderOf(stream);
    cluster.isolate(leader);
    await until(() => nodes.some(store => store.health().status === 'degraded'));
    for (const store of nodes) await until(() => store.health().status === 'ok');
    const before = sent;
    await until(() => sent > before + 40);
    cluster.rejoin(leader);
    cut = false;
    await Promise.all(sending);
    await until(() => nodes[0]!.lastSeq === nodes[1]!.lastSeq);
    const ids = idsOf(await readAll(nodes[0]!));
    expect(ids).toHaveLength(2 * sent);
    expect(await readAll(nodes[1]!)).toEqual(await readAll(nodes[0]!));
    await cluster.untilComplete(stream);
  });

  it('let one of two nodes win that send the same lines at the same time', async () => {
    const nodes = await twoNodes();
    const units = 100;
    for (let offset = 0; offset < units; offset += 1) {
      const entry = aUnitEntry({ offset, end: offset + 1 });
      const results = await Promise.all(nodes.map(store => store.append([entry])));
      expect(results.map(({ outcomes }) => outcomes[0]).sort()).toEqual(['accepted', 'duplicate']);
    }
    expect(await readAll(nodes[0]!)).toHaveLength(units);
  });

  it('refuse appends and stay readable without a quorum, and go on with it', async () => {
    const [store] = (await twoNodes()) as [Store, Store];
    await store.append([aUnitEntry({ offset: 0, end: 10 })]);
    await store.index('1a2b3c4d');
    await cluster.kill(0);
    await cluster.kill(1);
    await expect(store.append([aUnitEntry({ offset: 10, end: 11 })])).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    await until(() => store.health().status === 'degraded');
    expect(await store.read({ adwId: '1a2b3c4d', limit: 10 })).toHaveLength(1);
    await cluster.start(0);
    await cluster.start(1);
    await until(() => store.health().status === 'ok');
    await sendUntilTaken([store], '1a2b3c4d', 10);
    expect(await store.positions('1a2b3c4d')).toMatchObject([{ next: 11 }]);
  });
});

/** As a sidecar does: to any node, again while the store is unavailable, and on from the position when it was wrong. */
async function sendUntilTaken(nodes: readonly Store[], adwId: string, offset: number): Promise<void> {
  let at = offset;
  for (let attempt = offset; at <= offset; attempt += 1) {
    try {
      await nodes[attempt % nodes.length]!.append([aUnitEntry({ adwId, offset: at, end: at + 1, typed: 1 })]);
      at += 1;
    } catch (error) {
      if (error instanceof PositionMismatchError) at = error.positions[0]!.next;
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  }
}

/** All events of a log or an ADW. As a client does: again while the store is unavailable, but what is answered has to be whole. */
async function readAll(store: Store, adwId?: string): Promise<StoredEvent[]> {
  let found: StoredEvent[] | undefined;
  await until(async () => {
    found = await store.read({ limit: 10_000, ...(adwId === undefined ? {} : { adwId }) }).catch((error: unknown) => {
      if (error instanceof AdwStreamError && error.code === 'store_unavailable') return undefined;
      throw error;
    });
    return found !== undefined;
  });
  return found!;
}
