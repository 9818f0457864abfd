import type { KV } from '@nats-io/kv';
import type { ObjectStore } from '@nats-io/obj';
import { shortHash } from '../../../event/id.ts';
import type { ArtifactContent, ArtifactInfo } from '../store.ts';
import { tokenOf } from './subject.ts';

/** Bytes of one piece of an object. */
const PIECE_BYTES = 128 * 1024;

/**
 * Artifacts: bytes in the object store, once per ADW and content; which path had which of them in a key-value bucket,
 * whose revisions say what came last. Bytes go first, so an entry never points at nothing.
 */
export class Artifacts {
  readonly #entries: KV;
  readonly #objects: ObjectStore;
  /** The last put of each entry that is under way here. */
  readonly #entering = new Map<string, Promise<unknown>>();
  /** Puts of the same content that are under way here. */
  readonly #putting = new Map<string, Promise<void>>();

  constructor(entries: KV, objects: ObjectStore) {
    this.#entries = entries;
    this.#objects = objects;
  }

  async put({ bytes, ...info }: ArtifactContent): Promise<'created' | 'exists'> {
    await this.#putOnce(objectName(info), bytes);
    const key = `${keyOf(info.adwId, info.path)}.${info.sha256}`;
    const before = this.#entering.get(key) ?? Promise.resolve();
    const own = before.then(() => this.#enter(key, JSON.stringify(info)));
    const settled = own.catch(() => undefined);
    this.#entering.set(key, settled);
    try {
      return await own;
    } finally {
      if (this.#entering.get(key) === settled) this.#entering.delete(key);
    }
  }

  async get(adwId: string, path: string, sha256: string | undefined): Promise<ArtifactContent | undefined> {
    const [info] = await this.#list(`${keyOf(adwId, path)}.${sha256 ?? '*'}`);
    if (info === undefined) return undefined;
    if (info.size === 0) return { ...info, bytes: Buffer.alloc(0) };
    const bytes = await this.#objects.getBlob(objectName(info));
    return bytes === null ? undefined : { ...info, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) };
  }

  /** All versions of an ADW, the one put last first. */
  list(adwId: string): Promise<ArtifactInfo[]> {
    return this.#list(`${tokenOf(adwId)}.>`);
  }

  /** Removes all of an ADW. */
  async remove(adwId: string): Promise<void> {
    for (const info of await this.list(adwId)) {
      await this.#entries.purge(`${keyOf(adwId, info.path)}.${info.sha256}`);
      if (info.size > 0) await this.#objects.delete(objectName(info));
    }
  }

  /** No `create()`: a replica of a 2.9 that refuses one when it stores may part from the others, see {@link Publisher}. */
  async #enter(key: string, value: string): Promise<'created' | 'exists'> {
    const known = await this.#entries.get(key);
    await this.#entries.put(key, value);
    return known?.operation === 'PUT' ? 'exists' : 'created';
  }

  async #list(key: string): Promise<ArtifactInfo[]> {
    const found: { revision: number; info: ArtifactInfo }[] = [];
    for await (const entry of await this.#entries.history({ key })) {
      if (entry.operation === 'PUT') found.push({ revision: entry.revision, info: entry.json<ArtifactInfo>() });
    }
    return found.sort((a, b) => b.revision - a.revision).map(({ info }) => info);
  }

  async #putOnce(name: string, bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    const known = this.#putting.get(name) ?? this.#putObject(name, bytes).finally(() => this.#putting.delete(name));
    this.#putting.set(name, known);
    await known;
  }

  async #putObject(name: string, bytes: Buffer): Promise<void> {
    const there = await this.#objects.info(name);
    if (there !== null && !there.deleted) return;
    await this.#objects.put({ name, options: { max_chunk_size: PIECE_BYTES } }, piecesOf(bytes));
  }
}

/** Path and version under which the bytes' entry is kept; paths are hashed, since keys know few characters. */
function keyOf(adwId: string, path: string): string {
  return `${tokenOf(adwId)}.${shortHash(path)}`;
}

function objectName({ adwId, sha256 }: Pick<ArtifactInfo, 'adwId' | 'sha256'>): string {
  return `${tokenOf(adwId)}.${sha256}`;
}

/** The client copies what it has not sent yet with each piece that it sends: so it gets no more than one at a time. */
function piecesOf(bytes: Buffer): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull: controller => {
      controller.enqueue(bytes.subarray(at, at + PIECE_BYTES));
      at += PIECE_BYTES;
      if (at >= bytes.length) controller.close();
    },
  });
}
