import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, headers } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../../src/base/log.ts';
import { HEAD_HEADER } from '../../../../src/server/store/jetstream/commit.ts';
import { withIdleTimeout } from '../../../../src/server/store/jetstream/idle-timeout.ts';
import { openJetStreamStore } from '../../../../src/server/store/jetstream/open.ts';
import type { JetStreamOptions } from '../../../../src/server/store/jetstream/options.ts';
import { ensureStream } from '../../../../src/server/store/jetstream/stream.ts';
import { subjectsOf } from '../../../../src/server/store/jetstream/subject.ts';
import type { AppendEntry, Store, StoredEvent } from '../../../../src/server/store/store.ts';
import { freePort } from '../../../support/ports.ts';
import { anArtifact, anEventEntry, aUnitEntry, bytesOf, idsOf } from '../contract/entries.ts';
import { killNatsServerIn, natsServerIn, until } from './nats-server.ts';
import { startProxy } from './proxy.ts';

const ADW = '1a2b3c4d';
const MAIN = new URL('../../../../dist/cli/main.js', import.meta.url);

/** What only a store of several nodes promises. Each test has a nats-server of its own. */
describe('several nodes on one nats-server', () => {
  let place = '';
  let opened: Store[] = [];
  const node = async (options: Partial<JetStreamOptions> = {}): Promise<Store> => {
    const { url } = await natsServerIn(place);
    const store = await openJetStreamStore({ servers: [url], stream: 'adw', log: silentLogger, ...options });
    opened.push(store);
    return store;
  };
  const follow = (store: Store): StoredEvent[] => {
    const seen: StoredEvent[] = [];
    store.tail(events => seen.push(...events));
    return seen;
  };

  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), 'adw-nodes-'));
  });
  afterEach(async () => {
    await Promise.all(opened.map(store => store.close()));
    opened = [];
    await killNatsServerIn(place);
    await rm(place, { recursive: true, force: true });
  });

  describe('one log', () => {
    it('has the same epoch, events and seqs on every node, in one order, also for tails', async () => {
      const [one, two] = [await node(), await node()];
      const tails = [follow(one), follow(two)];
      await Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          (index % 2 === 0 ? one : two).append([anEventEntry({ id: `${index}`, adwId: `adw0000${index % 5}` })]),
        ),
      );
      await until(() => tails.every(seen => seen.length === 200));
      const log = await one.read({ limit: 1_000 });
      expect(one.epoch).toBe(two.epoch);
      expect(log).toHaveLength(200);
      expect(await two.read({ limit: 1_000 })).toEqual(log);
      for (const seen of tails) expect(seen).toEqual(log);
    });

    it('takes an event once, whichever nodes it is sent to', async () => {
      const [one, two] = [await node(), await node()];
      const results = await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          (index < 50 ? one : two).append([anEventEntry({ id: `${index % 50}` })]),
        ),
      );
      expect(results.filter(({ outcomes }) => outcomes[0] === 'accepted')).toHaveLength(50);
      await until(() => one.lastSeq === two.lastSeq);
      const ids = idsOf(await one.read({ limit: 1_000 }));
      expect(new Set(ids).size).toBe(50);
      expect(ids).toHaveLength(50);
    });

    it('goes on with a file on another node, without a refusal and without a repeat', async () => {
      const nodes = [await node(), await node()];
      for (let unit = 0; unit < 20; unit += 1) {
        const entry = aUnitEntry({ offset: unit * 10, end: unit * 10 + 10, typed: 1 });
        expect((await nodes[unit % 2]!.append([entry])).outcomes).toEqual(['accepted']);
        expect((await nodes[(unit + 1) % 2]!.append([entry])).outcomes).toEqual(['duplicate']);
      }
      for (const store of nodes) expect(await store.positions(ADW)).toMatchObject([{ next: 200, lines: 20 }]);
      expect(await nodes[0]!.read({ limit: 100 })).toHaveLength(40);
    });

    it('lets one of two nodes win that send the same lines at the same time', async () => {
      const nodes = [await node(), await node()];
      for (let unit = 0; unit < 30; unit += 1) {
        const entry = aUnitEntry({ offset: unit * 10, end: unit * 10 + 10 });
        const results = await Promise.all(nodes.map(store => store.append([entry])));
        expect(results.map(({ outcomes }) => outcomes[0]).sort()).toEqual(['accepted', 'duplicate']);
      }
    });

    it('answers where the log stands also on a node that has not heard of it yet', async () => {
      const [one, two] = [await node(), await node()];
      for (let unit = 0; unit < 20; unit += 1) {
        await one.append([aUnitEntry({ offset: unit * 10, end: unit * 10 + 10 })]);
        expect(await two.positions(ADW)).toMatchObject([{ next: unit * 10 + 10 }]);
      }
    });
  });

  describe('a commit that came too late', () => {
    /** Stores the message with this number once more, as a leader does that compares before it replicates. */
    const storeAgain = async (number: number): Promise<void> => {
      const { url } = await natsServerIn(place);
      const connection = await connect({ servers: url.replace('nats://', '') });
      const jsm = await jetstreamManager(connection);
      const message = await jsm.streams.getMessage('adw', { seq: number });
      const header = headers();
      header.set(HEAD_HEADER, message!.header.get(HEAD_HEADER));
      await jsm.jetstream().publish(message!.subject, message!.data, { headers: header });
      await connection.close();
    };
    const queries = [
      { limit: 100 },
      { limit: 100, after: 2 * 65_536 },
      { limit: 100, order: 'desc' as const },
      { limit: 100, adwId: ADW },
      { limit: 100, adwId: ADW, order: 'desc' as const },
    ];

    it('is seen by nobody, on nodes that saw it come and on those that did not', async () => {
      const one = await node();
      const seen = follow(one);
      for (let unit = 0; unit < 3; unit += 1) {
        await one.append([aUnitEntry({ offset: unit * 10, end: unit * 10 + 10 })]);
        await one.append([anEventEntry({ id: `${unit}`, adwId: 'other000' })]);
      }
      const log = await one.read({ limit: 100 });
      // Message 3 is the second of ADW, 5 its third: the copies are 7 and 8.
      await storeAgain(3);
      await storeAgain(5);
      for (const store of [one, await node(), await node()].reverse()) {
        for (const query of queries) {
          const wanted = log.filter(({ seq, adwId }) => seq > (query.after ?? 0) && adwId === (query.adwId ?? adwId));
          const page = await store.read(query);
          expect(query.order === 'desc' ? page.toReversed() : page, JSON.stringify(query)).toEqual(wanted);
        }
        expect(store.lastSeq).toBe(log.at(-1)!.seq);
      }
      expect((await one.append([aUnitEntry({ offset: 30, end: 40 })])).outcomes).toEqual(['accepted']);
      expect((await one.append([aUnitEntry({ offset: 20, end: 30 })])).outcomes).toEqual(['duplicate']);
      await until(() => seen.length === 7);
      const late = await node();
      for (const query of queries) expect(await late.read(query)).toEqual(await one.read(query));
      expect(await late.index(ADW)).toEqual(await one.index(ADW));
      expect(await one.read({ limit: 100 })).toEqual(seen);
      expect(await one.positions(ADW)).toMatchObject([{ next: 40, lines: 4 }]);
    });

    it('neither keeps retention from removing its ADW, nor brings it back', async () => {
      const one = await node();
      await one.append([aUnitEntry({ offset: 0, end: 10 })]);
      await one.append([aUnitEntry({ offset: 10, end: 20 })]);
      await storeAgain(2);
      const two = await node();
      expect(await two.retain({ maxAgeMs: 0 }, new Set())).toBe(2);
      for (const store of [two, await node()]) {
        expect(await store.read({ limit: 10 })).toEqual([]);
        expect(await store.positions(ADW)).toMatchObject([{ next: 20 }]);
      }
    });
  });

  describe('a new node', () => {
    it('reads what others wrote: pages, columns, ids, words, from either end', async () => {
      const one = await node();
      for (let index = 0; index < 150; index += 1) {
        const adwId = index % 3 === 0 ? 'other000' : ADW;
        await one.append([anEventEntry({ id: `${index}`, adwId, text: index % 10 === 0 ? 'tenth word' : 'word' })]);
      }
      const two = await node();
      expect([two.lastSeq, two.firstSeq]).toEqual([one.lastSeq, one.firstSeq]);
      expect(await two.adwIds()).toEqual(['other000', ADW]);
      for (const store of [two, await node()].reverse()) {
        for (const query of [
          { limit: 40 },
          { limit: 40, order: 'desc' as const },
          { limit: 40, adwId: ADW },
          { limit: 40, adwId: ADW, order: 'desc' as const },
          { limit: 5, adwId: ADW, q: 'TENTH' },
          { limit: 5, q: 'tenth', order: 'desc' as const },
          { limit: 200, adwId: 'other000' },
        ]) {
          expect(await store.read(query), JSON.stringify(query)).toEqual(await one.read(query));
        }
        expect(await store.index(ADW)).toEqual(await one.index(ADW));
        expect(await store.readById(ADW, '100')).toEqual(await one.readById(ADW, '100'));
      }
    });

    it('sees artifacts and snapshots that another one stored', async () => {
      const [one, two] = [await node(), await node()];
      await one.putArtifact(anArtifact('a.txt', 'bytes'));
      await one.saveSnapshot({ adwId: ADW, seq: 1, version: 1, stateJson: '{}' });
      expect((await bytesOf(two.getArtifact(ADW, 'a.txt')))?.toString()).toBe('bytes');
      expect(await two.putArtifact(anArtifact('a.txt', 'bytes'))).toBe('exists');
      expect(await two.snapshots()).toHaveLength(1);
    });
  });

  describe('a server that is stopped as soon as it runs', () => {
    it('leaves nothing open that keeps its process', async () => {
      const { url } = await natsServerIn(place);
      // Without what the command has against such: it ends by itself a second later. What is left open shows in the process
      // going on for a while once all is done: counted by itself, in turns that it had, not by a clock beside it.
      const program = `
        import { main } from '${MAIN}';
        process.exitCode = await main(process.argv.slice(1));
        let turns = 0;
        const count = () => {
          turns += 1;
          if (turns === 20) process.stdout.write('kept by ' + process.getActiveResourcesInfo());
          else setTimeout(count, 100).unref();
        };
        count();`;
      const args = ['serve', '--port', '0', '--data-dir', place, '--store', url];
      const server = spawn(process.execPath, ['--input-type=module', '-e', program, '--', ...args]);
      onTestFinished(() => void server.kill('SIGKILL'));
      let said = '';
      server.stdout.on('data', text => {
        said += text;
      });
      server.stdout.once('data', () => server.kill('SIGTERM'));
      expect(await once(server, 'close')).toEqual([0, null]);
      expect(said).not.toContain('kept by');
    });
  });

  describe('large calls', () => {
    it('are one commit, however many messages they take', async () => {
      const [one, two] = [await node(), await node()];
      const payload = 'ü'.repeat(700_000);
      const call = [0, 1, 2].map(index => anEventEntry({ id: `${index}`, data: { payload } }));
      const seen = follow(two);
      await one.append(call);
      await until(() => seen.length === 3);
      expect(seen).toEqual(await one.read({ limit: 10 }));
      expect(await (await node()).read({ limit: 10, order: 'desc' })).toEqual(seen.toReversed());
    });
  });

  describe('retention', () => {
    it('on one node is seen by all, and its positions stay', async () => {
      const [one, two] = [await node(), await node()];
      await one.append([aUnitEntry({ offset: 0, end: 10 }), anEventEntry({ id: 'kept', adwId: 'bbbbbbbb' })]);
      await until(() => two.lastSeq === one.lastSeq);
      expect(await two.index(ADW)).toMatchObject({ type: ['agent_output_chunk'] });
      expect(await one.retain({ maxAgeMs: 0 }, new Set(['bbbbbbbb']))).toBe(1);
      await until(async () => (await two.adwIds()).length === 1);
      for (const store of [two, await node()]) {
        expect((await store.index(ADW)).seq).toEqual([]);
        expect(idsOf(await store.read({ limit: 10 }))).toEqual(['kept']);
        expect(await store.positions(ADW)).toMatchObject([{ next: 10 }]);
        expect(store.firstSeq).toBe(one.firstSeq);
        expect((await store.append([aUnitEntry({ offset: 0, end: 10 })])).outcomes).toEqual(['duplicate']);
      }
    });

    it('removes an ADW once when two nodes want to', async () => {
      const nodes = [await node(), await node()];
      await nodes[0]!.append([anEventEntry({ id: 'a' })]);
      await until(() => nodes[1]!.lastSeq > 0);
      const removed = await Promise.all(nodes.map(store => store.retain({ maxAgeMs: 0 }, new Set())));
      expect(removed.sort()).toEqual([0, 1]);
    });
  });

  describe('ids of any format', () => {
    it('are escaped in subjects and keys, and come back as they were', async () => {
      const store = await node();
      const adwId = 'PROJ-1.2_x';
      await store.append([anEventEntry({ id: 'a', adwId })]);
      await store.putArtifact(anArtifact('dir with space/ü.txt', 'x', adwId));
      await store.saveSnapshot({ adwId, seq: 1, version: 1, stateJson: '{}' });
      const other = await node();
      expect(await other.adwIds()).toEqual([adwId]);
      expect(await other.listArtifacts(adwId)).toMatchObject([{ adwId, path: 'dir with space/ü.txt' }]);
      expect(await other.snapshots()).toMatchObject([{ adwId }]);
    });
  });

  describe('a stream that does not fit', () => {
    it('is refused in words, and left as it is', async () => {
      const { url } = await natsServerIn(place);
      const connection = await connect({ servers: url.replace('nats://', '') });
      const jsm = await jetstreamManager(connection);
      await jsm.streams.add({ name: 'orders', subjects: ['orders.>'] });
      await expect(node({ stream: 'orders' })).rejects.toMatchObject({
        code: 'invalid_option',
        message: expect.stringContaining('"orders" exists and is no log'),
      });
      await (await node({ stream: 'mine' })).close();
      await jsm.streams.update('mine', { max_age: 600e9 });
      await expect(node({ stream: 'mine' })).rejects.toMatchObject({ code: 'invalid_option' });
      await expect(node({ stream: 'not a name' })).rejects.toMatchObject({ code: 'invalid_option' });
      await connection.close();
    });

    it('is one with replicas on servers that lose what they acknowledged', async () => {
      const { url } = await natsServerIn(place);
      const connection = await connect({ servers: url.replace('nats://', '') });
      const jsm = await jetstreamManager(connection);
      const makeBuckets = () => Promise.reject(new Error('made something'));
      const asked = { name: 'mine', subjects: subjectsOf('mine'), replicas: 3, makeBuckets };
      await expect(ensureStream(jsm, { ...asked, version: '2.9.10' })).rejects.toMatchObject({
        code: 'invalid_option',
        message: expect.stringContaining('Use 2.10.27 or newer, or one server'),
      });
      await expect(jsm.streams.info('mine')).rejects.toThrow('stream not found');
      await connection.close();
    });

    it('is one with other replicas than were asked for', async () => {
      await node();
      await expect(node({ replicas: 3 })).rejects.toThrow('has 1 replicas, not 3');
    });
  });

  describe('a broker that fails', () => {
    it('is said at once when it is not there', async () => {
      const servers = ['nats://127.0.0.1:1'];
      await expect(node({ servers })).rejects.toMatchObject({ code: 'store_unavailable' });
      await expect(node({ servers: ['http://localhost'] })).rejects.toMatchObject({ code: 'invalid_option' });
    });

    it('makes appends unavailable, leaves reads of the newest up, and is used again when it is back', async () => {
      const { url } = await natsServerIn(place);
      const proxy = await startProxy(url);
      const store = await node({ servers: [proxy.url], appendTimeoutMs: 1_500 });
      const other = await node();
      // On a busy machine an append may take longer than this node waits: it is sent again then, as a sidecar does.
      const appended = (entry: AppendEntry) => until(() => store.append([entry]).then(Boolean, () => false));
      await appended(anEventEntry({ id: 'before' }));
      await store.index(ADW);
      proxy.cut();
      const lost = anEventEntry({ id: 'during' });
      await expect(store.append([lost])).rejects.toMatchObject({ code: 'store_unavailable' });
      await until(() => store.health().status === 'degraded');
      expect(store.health().reason).not.toContain(place);
      expect(idsOf(await store.read({ adwId: ADW, limit: 10 }))).toEqual(['before']);
      await other.append([anEventEntry({ id: 'elsewhere' })]);
      const seen = follow(store);
      proxy.mend();
      await until(() => store.health().status === 'ok');
      await until(() => idsOf(seen).includes('elsewhere'));
      await appended(lost);
      await until(() => other.lastSeq === store.lastSeq);
      const ids = idsOf(await other.read({ limit: 10 }));
      expect(ids.filter(id => id === 'during')).toHaveLength(1);
      expect(ids.toSorted()).toEqual(['before', 'during', 'elsewhere']);
      await store.close();
      await proxy.close();
    });

    it('keeps no reader waiting when it dies while it is to send something', async () => {
      const connection = await connect({ servers: (await natsServerIn(place)).url });
      const jsm = await jetstreamManager(connection);
      await jsm.streams.add({ name: 'silent', subjects: ['silent'] });
      await jsm.consumers.add('silent', { name: 'reader', ack_policy: 'none' });
      const fetched = await (await jsm.jetstream().consumers.get('silent', 'reader')).fetch({ expires: 600_000 });
      const read = withIdleTimeout(fetched, 1_000).next();
      await killNatsServerIn(place);
      await expect(read).rejects.toMatchObject({ code: 'store_unavailable' });
      await connection.close();
    });

    it('loses nothing that was acknowledged when it is killed, whatever was under way', async () => {
      // A port of its own, which nothing else is given while the server is away.
      const port = `${await freePort()}`;
      await natsServerIn(place, ['-p', port]);
      // None is given up before the server is back, or before the first one is acknowledged.
      const store = await node({ appendTimeoutMs: 20_000 });
      const acknowledged: string[] = [];
      const appends = Array.from({ length: 300 }, (_, index) =>
        store.append([anEventEntry({ id: `${index}`, adwId: `adw${String(index % 20).padStart(5, '0')}` })]).then(
          () => void acknowledged.push(`${index}`),
          () => undefined,
        ),
      );
      await until(() => acknowledged.length > 20);
      await killNatsServerIn(place);
      await natsServerIn(place, ['-p', port]);
      await Promise.all(appends);
      await until(() => store.health().status === 'ok');
      const ids = idsOf(await (await node()).read({ limit: 1_000 }));
      expect(new Set(ids).size).toBe(ids.length);
      expect(acknowledged.filter(id => !ids.includes(id))).toEqual([]);
    });
  });
});
