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

const log = (message: string, adw_id = '1a2b3c4d') => [{ type: 'agent_log', data: { adw_id, message, level: 'INFO' } }];

type Spoil = (manager: JetStreamManager, url: string) => Promise<unknown>;

const spoils: Record<string, Spoil> = {
  deletes: manager => manager.streams.delete('adw'),
  purges: manager => manager.streams.purge('adw'),
  'purges while others write to it': async (manager, url) => {
    await manager.streams.purge('adw');
    const post = () => postEvents(url, log('at once', 'deadbeef'));
    await until('another one is stored', () =>
      post().then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
  },
  'purges but for its end': manager => manager.streams.purge('adw', { keep: 1 }),
};

/** A server on a stream of two messages while that is spoilt, and what it serves then. */
async function renewed(what: string, spoil: Spoil) {
  const place = await mkdtemp(join(tmpdir(), 'adw-renewing-'));
  const { url: nats } = await natsServerIn(place);
  onTestFinished(async () => {
    await killNatsServerIn(place);
    await rm(place, { recursive: true, force: true });
  });
  const options = { ...serverOptions(place), store: nats, jetstream: { stream: 'adw' } };
  const seed = await startRenewing(options, { dashboardDir: '/nonexistent' });
  for (const message of ['one', 'two']) await postEvents(seed.url, log(message));
  await seed.close();
  const server = await startRenewing(options, { dashboardDir: '/nonexistent' });
  onTestFinished(() => server.close());
  const epoch = async () => ((await (await fetch(`${server.url}/api/v1/adws`)).json()) as { epoch: string }).epoch;
  const before = await epoch();
  const reader = await fetch(`${server.url}/api/v1/stream?after=0`);
  const cut = reader.text().catch(() => 'cut');

  const connection = await connect({ servers: nats });
  await spoil(await jetstreamManager(connection), server.url);
  await connection.close();

  await until(
    `the stream that an admin ${what} is another epoch`,
    async () => (await epoch().catch(() => before)) !== before,
  );
  await cut;
  const posted = await postEvents(server.url, log('after'));
  const page = (await (await fetch(`${server.url}/api/v1/adws/1a2b3c4d/events`)).json()) as {
    events: { type: string; data: { message: string } }[];
  };
  const told = page.events.filter(({ type }) => type === 'agent_log').map(({ data }) => data.message);
  return { posted, toldOfBefore: told.includes('one'), toldLast: told.at(-1) };
}

it('a stream that an admin deletes or purges is another epoch, which readers with a cursor of the former one are told', async () => {
  // Each waits for servers that look after their stream every other second: all at once.
  const ends = await Promise.all(
    Object.entries(spoils).map(async ([what, spoil]) => [what, await renewed(what, spoil)] as const),
  );
  const asItShouldBe = { posted: { status: 200, body: { accepted: 1 } }, toldOfBefore: false, toldLast: 'after' };
  expect(Object.fromEntries(ends)).toMatchObject(
    Object.fromEntries(Object.keys(spoils).map(what => [what, asItShouldBe])),
  );
});
