import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { KV } from '@nats-io/kv';
import type { Snapshot } from '../store.ts';
import { tokenOf } from './subject.ts';

const pack = promisify(deflateRaw);
const unpack = promisify(inflateRaw);

/** Snapshots of folds, one per ADW, in a key-value bucket: what makes a new node ready without reading the log. */
export class Snapshots {
  readonly #bucket: KV;
  readonly #bytesMax: () => number;

  /** @param bytesMax largest value that the bucket takes; a larger snapshot is left out, which costs time, not truth */
  constructor(bucket: KV, bytesMax: () => number) {
    this.#bucket = bucket;
    this.#bytesMax = bytesMax;
  }

  async save(snapshot: Snapshot): Promise<void> {
    const packed = await pack(JSON.stringify(snapshot));
    if (packed.length <= this.#bytesMax()) await this.#bucket.put(tokenOf(snapshot.adwId), packed);
  }

  async all(): Promise<Snapshot[]> {
    const found: Snapshot[] = [];
    for await (const entry of await this.#bucket.history()) {
      if (entry.operation !== 'PUT') continue;
      found.push(JSON.parse((await unpack(entry.value)).toString('utf8')) as Snapshot);
    }
    return found;
  }

  async remove(adwId: string): Promise<void> {
    await this.#bucket.purge(tokenOf(adwId));
  }
}
