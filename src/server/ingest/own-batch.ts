import { AdwStreamError } from '../../base/errors.ts';
import { BATCH_EVENTS_MAX, BODY_BYTES_MAX } from '../../event/limits.ts';
import type { NewEvent } from '../../event/schema.ts';
import { type AdmitOptions, admitOwn } from './admit.ts';
import { type Batch, batchOf } from './units.ts';

/** Bytes of an event's line beside its type and data: `{"type":"","data":}` and a newline. */
const LINE_BYTES = 20;

/**
 * A batch of events that were made in this process. What one body of a request may not hold, it may not either: the stores'
 * limits of a commit rest on that. @throws AdwStreamError too_large
 */
export function ownBatch(events: readonly NewEvent[], options: AdmitOptions): Batch {
  if (events.length > BATCH_EVENTS_MAX) throw tooLarge(`${BATCH_EVENTS_MAX} events`);
  let bytes = 0;
  return batchOf(events, event => {
    const admitted = admitOwn(event, options);
    if (admitted.ok) bytes += (admitted.append.dataBytes ?? 0) + event.type.length + LINE_BYTES;
    if (bytes > BODY_BYTES_MAX) throw tooLarge(`${BODY_BYTES_MAX} bytes`);
    return admitted;
  });
}

function tooLarge(most: string): AdwStreamError {
  return new AdwStreamError('too_large', `The batch holds more than ${most}.`);
}
