import type { StreamInfo } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';
import { shortHash } from '../../../event/id.ts';
import { streamId } from './stream.ts';

/** In the bucket of records; a kind of record is followed by a dot. */
const PURGED_KEY = 'purged';

/**
 * Names the log for as long as its stream lives and holds what it held: one that was deleted and made again is another log, and
 * so is one that an admin has purged. Retention never empties a stream: the commit that removes an ADW stays. So an
 * empty one that had messages was purged, which is written down for every node, and for the time when it holds messages again.
 * {@link noteCut} does so for one that goes on.
 */
export async function epochOf(info: StreamInfo, records: KV): Promise<string> {
  const { config, state } = info;
  const id = streamId(info);
  const entry = await records.get(PURGED_KEY);
  let purged = entry?.operation === 'PUT' ? entry.string() : '';
  if (state.messages === 0 && state.last_seq > 0 && purged !== `${id} ${state.last_seq}`) {
    purged = `${id} ${state.last_seq}`;
    await records.put(PURGED_KEY, purged);
  }
  const isOfThisStream = purged.startsWith(`${id} `);
  return shortHash(`${config.name}\0${id}${isOfThisStream ? `\0${purged}` : ''}`);
}

/** Writes down, for every node, that the beginning of the stream was purged: it is another log from now on. */
export async function noteCut(info: StreamInfo, records: KV): Promise<void> {
  await records.put(PURGED_KEY, `${streamId(info)} ${info.state.first_seq - 1}`);
}
