import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../../src/base/log.ts';
import { openJetStreamStore } from '../../../../src/server/store/jetstream/open.ts';
import type { Store } from '../../../../src/server/store/store.ts';
import { anArtifact, anEventEntry } from '../contract/entries.ts';
import { killNatsServerIn, natsServerIn, until } from './nats-server.ts';

const ADW = '1a2b3c4d';

let place = '';
let url = '';
let store: Store;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'adw-room-'));
  ({ url } = await natsServerIn(place));
  store = await openJetStreamStore({ servers: [url], stream: 'adw', log: silentLogger });
});
afterEach(async () => {
  await store.close();
  await killNatsServerIn(place);
  await rm(place, { recursive: true, force: true });
});

async function manager() {
  const connection = await connect({ servers: url });
  onTestFinished(() => connection.close());
  return jetstreamManager(connection);
}

describe('a stream at its limit', () => {
  it('refuses with storage_full, which health says until there is room again; reads go on', async () => {
    const { streams } = await manager();
    await store.append([anEventEntry({ id: 'first' })]);
    await streams.update('adw', { max_bytes: 100_000 });
    const fill = (n: number) => store.append([anEventEntry({ id: `filler-${n}`, text: 'x'.repeat(30_000) })]);
    const refused = async () => {
      for (let n = 0; n < 10; n++) await fill(n);
    };
    await expect(refused()).rejects.toMatchObject({ code: 'storage_full' });
    expect(store.health()).toMatchObject({ status: 'degraded', reason: expect.stringContaining('no room left') });
    // The stream answers all the same.
    expect((await store.read({ limit: 1 })).length).toBe(1);
    await expect(fill(100)).rejects.toMatchObject({ code: 'storage_full' });
    expect(store.health().status).toBe('degraded');
    await streams.update('adw', { max_bytes: 10_000_000 });
    await until(() => store.health().status === 'ok');
    expect((await fill(101)).outcomes).toEqual(['accepted']);
  });
});

describe('downloads that nobody takes', () => {
  it('hold a few pieces each, not the artifacts', async () => {
    const artifact = anArtifact('big', 'b'.repeat(16_000_000));
    await store.putArtifact(artifact);
    const before = process.memoryUsage().arrayBuffers;
    const readers = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const found = await store.getArtifact(ADW, 'big');
        const stream = await found!.read();
        return { stream, first: await stream[Symbol.asyncIterator]().next() };
      }),
    );
    expect(readers.every(({ first }) => first.value.length > 0)).toBe(true);
    // Everything that is asked for has come once another one is there whole.
    let size = 0;
    for await (const piece of await (await store.getArtifact(ADW, 'big'))!.read()) size += piece.length;
    expect(size).toBe(16_000_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(80_000_000);
    for (const { stream } of readers) stream.destroy();
  });
});
