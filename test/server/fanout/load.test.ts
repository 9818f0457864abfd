import { expect, test } from 'vitest';
import type { EventType } from '../../../src/event/types.ts';
import type { Store } from '../../../src/server/store/store.ts';
import { randomNumbers } from '../../support/random.ts';
import { Client } from './support/client.ts';
import { entry, serve } from './support/server.ts';

const ADWS = Array.from({ length: 8 }, (_, index) => `adw0000${index}`);
const TYPES: readonly EventType[] = ['text_block', 'tool_use_pre', 'tool_use_post', 'session_started', 'usage_update'];
const BATCHES = 30;

/** What one reader asks for, and all that it has seen over however many connections. */
interface View {
  readonly adwId: string;
  readonly types: EventType[] | undefined;
  readonly batch: boolean;
  readonly seqs: number[];
}

test('8 publishers, 200 subscribers that come and go: the view of each is the log, no gap, no repeat', async () => {
  const { url, store } = await serve({ limits: { ringBytesMax: 256 * 1024 } });
  let publishing = true;
  const published = Promise.all(ADWS.map((adwId, index) => publish(store, adwId, randomNumbers(index)))).then(() => {
    publishing = false;
  });
  const views = Array.from({ length: 200 }, (_, index): View => {
    const adwId = index % 4 === 0 ? '*' : (ADWS[index % 8] as string);
    return { adwId, types: index % 3 === 0 ? TYPES.slice(0, 2) : undefined, batch: index % 2 === 0, seqs: [] };
  });
  const read = views.map((view, index) =>
    watch(url, view, { isPublished: () => !publishing, random: randomNumbers(ADWS.length + index) }),
  );
  await published;
  await Promise.all(read);
  const log = await store.read({ limit: 1_000_000 });
  for (const { adwId, types, seqs } of views) {
    const wanted = log.filter(one => (adwId === '*' || one.adwId === adwId) && (types?.includes(one.type) ?? true));
    expect(seqs).toEqual(wanted.map(one => one.seq));
  }
});

async function publish(store: Store, adwId: string, random: () => number): Promise<void> {
  for (let batch = 0; batch < BATCHES; batch++) {
    const size = 1 + Math.floor(random() * 20);
    const some = () => TYPES[Math.floor(random() * TYPES.length)] as EventType;
    await store.append(Array.from({ length: size }, () => entry(adwId, some(), 'y'.repeat(random() * 600))));
    await new Promise(resolve => setImmediate(resolve));
  }
  // The last event is wanted by every filter on this ADW: a reader that has it has everything.
  await store.append([entry(adwId, 'text_block', 'last')]);
}

/** Reads, loses the connection at random moments, comes back with the seq it has, until it has the end of the log. */
async function watch(
  url: string,
  view: View,
  { isPublished, random }: { isPublished: () => boolean; random: () => number },
): Promise<void> {
  const lastsWanted = view.adwId === '*' ? ADWS.length : 1;
  let lasts = 0;
  while (lasts < lastsWanted) {
    const client = await Client.connect(url, random() < 0.5 ? '/ws' : '/ws/trigger');
    await client.subscribe({ adw_id: view.adwId, types: view.types, batch: view.batch, after: view.seqs.at(-1) ?? 0 });
    const enough = Math.floor(random() * 300);
    const ended = () => client.events.filter(event => event.data?.content === 'last').length;
    await client.until(() => lasts + ended() === lastsWanted || (!isPublished() && client.events.length >= enough));
    client.socket.terminate();
    lasts += ended();
    view.seqs.push(...client.seqs());
  }
}
