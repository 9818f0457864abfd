import { join } from 'node:path';
import type { Benchmark, Context, Sample } from '../benchmark.ts';
import { poster, startSubscribers } from '../load.ts';
import { serve } from '../subject/adw-stream.ts';
import { eventText } from '../subject/publish.ts';

const ADW = 'be9c0001';
const BATCH = 500;
const SECONDS = 'seconds';

/** How soon a subscriber that missed 100,000 events has them, while more come in. */
export const recovery: Benchmark = {
  name: 'recovery',
  title: () => '100,000 events of 1 KB from the log, then live without a gap',
  async *measure(context) {
    const events = context.size === 'short' ? 2_000 : 100_000;
    for (const part of [0, 0.5]) yield await measureOne(context, { events, after: Math.floor(events * part) });
  },
  goals: measured => [
    {
      text: 'seconds for 100,000 events from the beginning',
      reached: measured(caseOf(0), 'adw-stream', SECONDS),
      atMost: 2,
    },
  ],
};

function caseOf(after: number): string {
  return after === 0 ? 'from the beginning' : 'from the middle, as many';
}

async function measureOne({ scratch }: Context, { events, after }: { events: number; after: number }): Promise<Sample> {
  const server = await serve(join(scratch, `log-${after}-${Date.now()}`));
  const { post, close } = await poster({ port: server.port, path: '/api/v1/events' });
  const publish = async (from: number, count: number) => {
    const lines = Array.from({ length: count }, (_, offset) => eventText(ADW, 0, from + offset));
    return JSON.parse(await post(`${lines.join('\n')}\n`)).last_seq as number;
  };
  let cursor = 0;
  for (let number = 0; number < after + events; number += BATCH) {
    const lastSeq = await publish(number, BATCH);
    if (number + BATCH === after) cursor = lastSeq;
  }
  const hello = [JSON.stringify({ type: 'subscribe', adw_id: ADW, after: cursor, batch: true, types: ['text_block'] })];
  const subscribers = await startSubscribers({ port: server.port, count: 1, hello, from: after });
  const connected = performance.now();
  await subscribers.until(({ deliveries }) => deliveries >= events);
  const seconds = (performance.now() - connected) / 1_000;
  for (let live = 0; live < 10; live++) await publish(after + events + live, 1);
  await subscribers.until(({ deliveries }) => deliveries === events + 10);
  close();
  await subscribers.stop();
  await server.stop();
  return { case: caseOf(after), subject: 'adw-stream', values: { [SECONDS]: seconds } };
}
