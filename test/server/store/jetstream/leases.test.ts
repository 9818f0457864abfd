import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leasesIn } from '../../../../src/server/store/jetstream/leases.ts';
import { LEASE_MS } from '../../../../src/server/store/store.ts';
import { killNatsServerIn, natsServerIn } from './nats-server.ts';

/** Several servers in one bucket, with a clock that the test moves. */
describe('leases in JetStream', () => {
  let place = '';
  let connection: NatsConnection;
  let now = 0;
  let buckets = 0;
  const clock = { now: () => now };

  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'adw-leases-'));
    const { url } = await natsServerIn(place);
    connection = await connect({ servers: url.replace('nats://', '') });
  });
  afterAll(async () => {
    await connection.close();
    await killNatsServerIn(place);
    await rm(place, { recursive: true, force: true });
  });

  const servers = async (count: number) => {
    buckets += 1;
    const bucket = await new Kvm(jetstream(connection)).create(`leases-${buckets}`);
    return Array.from({ length: count }, () => leasesIn(bucket, { clock }));
  };
  const takeAll = async (all: Awaited<ReturnType<typeof servers>>) =>
    (await Promise.all(all.map(({ take }) => take('otlp'))))
      .map((had, index) => (had ? index : -1))
      .filter(i => i >= 0);

  it('give it to one of several that ask at once, who keeps it while it renews', async () => {
    const all = await servers(4);
    const first = await takeAll(all);
    expect(first).toHaveLength(1);
    for (let round = 0; round < 5; round += 1) {
      now += LEASE_MS / 3;
      expect(await takeAll(all)).toEqual(first);
    }
  });

  it('give it to another as soon as it is given back, and by name', async () => {
    const [one, two] = await servers(2);
    expect([await one!.take('otlp'), await two!.take('otlp'), await two!.take('alarms')]).toEqual([true, false, true]);
    await two!.giveBack('otlp');
    expect(await two!.take('otlp')).toBe(false);
    await one!.giveBack('otlp');
    expect(await two!.take('otlp')).toBe(true);
    expect(await one!.take('otlp')).toBe(false);
  });

  it('take it from a server that is gone only after it has ended there, and tell it when it comes back', async () => {
    const [gone, other] = await servers(2);
    expect(await gone!.take('otlp')).toBe(true);
    expect(await other!.take('otlp')).toBe(false);
    now += LEASE_MS;
    expect(await other!.take('otlp')).toBe(false);
    now += LEASE_MS / 3;
    expect(await other!.take('otlp')).toBe(true);
    expect(await gone!.take('otlp')).toBe(false);
    expect(await other!.take('otlp')).toBe(true);
  });
});
