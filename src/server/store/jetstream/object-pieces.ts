import type { JetStreamClient } from '@nats-io/jetstream';
import { AdwStreamError } from '../../../base/errors.ts';
import { withIdleTimeout } from './idle-timeout.ts';

/** Pieces asked for at once: what a node holds of an object whose reader is slow. */
const PIECES_AHEAD = 8;
/** How long the pieces asked for may take, ms. */
const PIECES_MS_MAX = 10_000;

/** An object as its bucket lists it. */
export interface StoredObject {
  readonly bucket: string;
  /** Names its pieces. */
  readonly nuid: string;
  readonly chunks: number;
}

/**
 * The pieces of an object, a few at a time as they are taken. The client's own `get` is sent the whole of it, and holds what
 * its reader does not take (ADR-20 has how objects lie in a stream: pieces of `bucket` on `$O.<bucket>.C.<nuid>` of `OBJ_<bucket>`).
 * @throws AdwStreamError store_unavailable when pieces do not come
 */
export async function* objectPieces(js: JetStreamClient, { bucket, nuid, chunks }: StoredObject) {
  const consumer = await js.consumers.get(`OBJ_${bucket}`, { filter_subjects: `$O.${bucket}.C.${nuid}` });
  try {
    for (let taken = 0; taken < chunks; ) {
      const wanted = Math.min(PIECES_AHEAD, chunks - taken);
      const before = taken;
      const pieces = await consumer.fetch({ max_messages: wanted, expires: PIECES_MS_MAX });
      for await (const { data } of withIdleTimeout(pieces, PIECES_MS_MAX)) {
        taken += 1;
        yield Buffer.from(data.buffer, data.byteOffset, data.length);
      }
      if (taken === before) throw new AdwStreamError('store_unavailable', 'JetStream does not hand out the artifact.');
    }
  } finally {
    // Where that fails it goes by itself before long.
    await consumer.delete().catch(() => undefined);
  }
}
