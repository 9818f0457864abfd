import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { KV } from '@nats-io/kv';
import type { Snapshot } from '../store.ts';
import { withIdleTimeout } from './idle-timeout.ts';
import { REQUEST_TIMEOUT_MS } from './options.ts';
import { tokenOf } from './subject.ts';

const pack = promisify(deflateRaw);
const unpack = promisify(inflateRaw);

interface Kept extends Snapshot {
  readonly epoch?: string;
}

/** Snapshots of folds, one per ADW, in a key-value bucket: what makes a new node ready without reading the log. */
export class Snapshots {
  readonly #bucket: KV;
  readonly #bytesMax: () => number;
  readonly #epoch: string;

  /**
   * @param options.bytesMax largest value that the bucket takes; a larger snapshot is left out, which costs time, not truth
   * @param options.epoch the log that they are of: the bucket outlives it
   */
  constructor(bucket: KV, { bytesMax, epoch }: { bytesMax: () => number; epoch: string }) {
    this.#bucket = bucket;
    this.#bytesMax = bytesMax;
    this.#epoch = epoch;
  }

  async save(snapshot: Snapshot): Promise<void> {
    const packed = await pack(JSON.stringify({ ...snapshot, epoch: this.#epoch }));
    if (packed.length <= this.#bytesMax()) await this.#bucket.put(tokenOf(snapshot.adwId), packed);
  }

  async all(): Promise<Snapshot[]> {
    const found: Snapshot[] = [];
    for await (const entry of withIdleTimeout(await this.#bucket.history(), REQUEST_TIMEOUT_MS)) {
      if (entry.operation !== 'PUT') continue;
      const { epoch, ...snapshot } = JSON.parse((await unpack(entry.value)).toString('utf8')) as Kept;
      if (epoch === this.#epoch) found.push(snapshot);
    }
    return found;
  }

  async remove(adwId: string): Promise<void> {
    await this.#bucket.purge(tokenOf(adwId));
  }
}
