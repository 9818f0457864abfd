import { AdwStreamError } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import type { RecordStore, Store } from '../store/store.ts';
import type { RunClose } from './trackers.ts';

/** What is sent, or is to be: everything of the log behind `seq`, up to `to`, and the ends of runs that were judged there. */
export interface Batch {
  readonly to: number;
  readonly closes: readonly { readonly adwId: string; readonly state: RunClose['state'] }[];
}

/** How far the spans of a log were taken by the collector. */
export interface Cursor {
  readonly epoch: string;
  /** Everything up to here has its answer. */
  readonly seq: number;
  /** The event of that seq: which log it was. */
  readonly adwId: string | null;
  readonly eventId: string | null;
  /** What was about to be sent: it is sent again with the same bounds, and so with the same bytes. */
  readonly batch: Batch | null;
  /** The runs that were closed with what was taken last: written beside the runs after this. */
  readonly closed: Batch['closes'];
}

const KIND = 'otlp';
const KEY = 'cursor';

/**
 * The cursor of a log's spans, durable in its records. Writing it replaces what this server read or wrote last: a server
 * that lost its lease without knowing fails there.
 */
export class CursorRecord {
  readonly #records: RecordStore;
  #value: Cursor;

  private constructor(records: RecordStore, value: Cursor) {
    this.#records = records;
    this.#value = value;
  }

  /** Reads it, or begins with the log's first event. A cursor of another log is looked for in this one by its event. */
  static async open(store: Store, closes: RunCloses, log: Logger): Promise<CursorRecord> {
    const { records, epoch } = store;
    const found = (await records.get(KIND, KEY)) as Cursor | undefined;
    if (found?.epoch === epoch) {
      await closes.addAll(found);
      return new CursorRecord(records, found);
    }
    const seq = found === undefined ? 0 : await seqOf(store, found);
    if (found !== undefined) log.report('otlp_log_other', { seq });
    await closes.moveTo(seq);
    const { adwId, eventId } = found ?? { adwId: null, eventId: null };
    const value: Cursor = { epoch, seq, adwId, eventId, batch: null, closed: [] };
    await records.put(KIND, KEY, value);
    return new CursorRecord(records, value);
  }

  get value(): Cursor {
    return this.#value;
  }

  /** @throws AdwStreamError store_unavailable when another server has written it meanwhile */
  async set(value: Cursor): Promise<void> {
    if (!(await this.#records.replace(KIND, KEY, this.#value, value))) {
      throw new AdwStreamError('store_unavailable', 'Another server sends the spans of this log.');
    }
    this.#value = value;
  }
}

/** Where the event of a cursor lies in this log; before its first where it is not there. */
async function seqOf(store: Store, { adwId, eventId }: Cursor): Promise<number> {
  if (adwId === null || eventId === null) return 0;
  return (await store.readById(adwId, eventId))?.seq ?? 0;
}

/** Where the runs were taken for over. */
export class RunCloses {
  readonly #records: RecordStore;

  constructor(records: RecordStore) {
    this.#records = records;
  }

  async of(adwId: string): Promise<readonly RunClose[]> {
    const found = (await this.#records.get(KIND, keyOf(adwId))) as readonly RunClose[] | undefined;
    return found ?? [];
  }

  /** Adds those of a cursor; the same again changes nothing. */
  async addAll({ seq, closed }: Cursor): Promise<void> {
    for (const { adwId, state } of closed) {
      const known = await this.of(adwId);
      if (known.some(close => close.seq === seq)) continue;
      await this.#records.put(KIND, keyOf(adwId), [...known, { seq, state }]);
    }
  }

  /** Another log took the place of theirs: what was closed is taken to be so at `seq`, or is forgotten where that is 0. */
  async moveTo(seq: number): Promise<void> {
    for (const { key, value } of await this.#records.all(KIND)) {
      const newest = (value as RunClose[]).at(-1);
      if (!key.startsWith(KEY_OF_RUN)) continue;
      if (seq === 0 || newest === undefined) await this.#records.remove(KIND, key);
      else await this.#records.put(KIND, key, [{ ...newest, seq }]);
    }
  }

  /** By run, the seq of the newest. */
  async newest(): Promise<Map<string, number>> {
    const all = await this.#records.all(KIND);
    return new Map(
      all.flatMap(({ key, value }) => {
        const adwId = key.startsWith(KEY_OF_RUN) ? key.slice(KEY_OF_RUN.length) : undefined;
        return adwId === undefined ? [] : [[adwId, (value as RunClose[]).at(-1)?.seq ?? 0] as const];
      }),
    );
  }
}

const KEY_OF_RUN = 'run.';
const keyOf = (adwId: string) => `${KEY_OF_RUN}${adwId}`;

/** A run that retention removed. */
export interface GoneRun {
  readonly adwId: string;
  readonly lastSeq: number;
}

/** Says which runs retention removed before all their spans were taken, where spans are sent; forgets where they were closed. */
export async function tellRemoved(store: Store, gone: readonly GoneRun[], log: Logger): Promise<void> {
  const found = (await store.records.get(KIND, KEY)) as Cursor | undefined;
  if (found?.epoch !== store.epoch) return;
  for (const { adwId, lastSeq } of gone) {
    if (lastSeq > found.seq) log.report('otlp_removed_unsent', { adw_id: adwId });
    await store.records.remove(KIND, keyOf(adwId));
  }
}
