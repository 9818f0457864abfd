import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { expect, it, onTestFinished } from 'vitest';
import { startRenewing } from '../../src/server/renewing.ts';
import { until } from '../support/until.ts';
import { postEvents, serverOptions } from './running.ts';
import { killNatsServerIn, natsServerIn } from './store/jetstream/nats-server.ts';

it.each([
  ['deletes', (manager: JetStreamManager, name: string) => manager.streams.delete(name)],
  ['purges', (manager: JetStreamManager, name: string) => manager.streams.purge(name)],
] as const)(
  'a stream that an admin %s is another epoch, which readers with a cursor of the former one are told',
  async (_, spoil) => {
    const place = await mkdtemp(join(tmpdir(), 'adw-renewing-'));
    const { url: nats } = await natsServerIn(place);
    const options = { ...serverOptions(place), store: nats, jetstream: { stream: 'adw' } };
    const server = await startRenewing(options, { dashboardDir: '/nonexistent' });
    onTestFinished(async () => {
      await server.close();
      await killNatsServerIn(place);
      await rm(place, { recursive: true, force: true });
    });
    const log = (message: string) => [{ type: 'agent_log', data: { adw_id: '1a2b3c4d', message, level: 'INFO' } }];
    const epoch = async () => ((await (await fetch(`${server.url}/api/v1/adws`)).json()) as { epoch: string }).epoch;
    await postEvents(server.url, log('before'));
    const before = await epoch();
    const reader = await fetch(`${server.url}/api/v1/stream?after=0`);
    const cut = reader.text().catch(() => 'cut');

    const connection = await connect({ servers: nats });
    await spoil(await jetstreamManager(connection), 'adw');
    await connection.close();

    await until('the epoch is another', async () => (await epoch().catch(() => before)) !== before);
    await cut;
    expect(await postEvents(server.url, log('after'))).toMatchObject({ status: 200, body: { accepted: 1 } });
    const page = await (await fetch(`${server.url}/api/v1/adws/1a2b3c4d/events`)).json();
    expect(page).toMatchObject({ events: [{ data: { message: 'after' } }], more: false });
  },
);
