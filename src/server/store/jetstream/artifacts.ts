import { Readable } from 'node:stream';
import type { JetStreamClient } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';
import type { ObjectStore } from '@nats-io/obj';
import { AdwStreamError } from '../../../base/errors.ts';
import { shortHash } from '../../../event/id.ts';
import { verifiedPieces } from '../artifact-bytes.ts';
import {
  type ArtifactBytes,
  type ArtifactInfo,
  type ArtifactUpload,
  DigestMismatch,
  type StoredArtifact,
} from '../store.ts';
import { withIdleTimeout } from './idle-timeout.ts';
import { objectPieces } from './object-pieces.ts';
import { REQUEST_TIMEOUT_MS } from './options.ts';
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
  readonly #js: JetStreamClient;
  /** The last put of each entry that is under way here. */
  readonly #entering = new Map<string, Promise<unknown>>();
  /** Puts of the same content that are under way here. */
  readonly #putting = new Map<string, Promise<unknown>>();

  constructor({ entries, objects, js }: { entries: KV; objects: ObjectStore; js: JetStreamClient }) {
    this.#entries = entries;
    this.#objects = objects;
    this.#js = js;
  }

  async put({ bytes, ...upload }: ArtifactUpload): Promise<'created' | 'exists'> {
    const info = { ...upload, size: await this.#putBytes(upload, bytes) };
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

  async get(adwId: string, path: string, sha256: string | undefined): Promise<StoredArtifact | undefined> {
    const [info] = await this.#list(`${keyOf(adwId, path)}.${sha256 ?? '*'}`);
    if (info === undefined) return undefined;
    if (info.size === 0) return { ...info, read: async () => Readable.from([]) };
    const there = await this.#objects.info(objectName(info));
    if (there === null || there.deleted) return undefined;
    const pieces = () => objectPieces(this.#js, there);
    const read = (wanted?: Range) => (wanted ? inRange(pieces(), wanted) : whole(info.sha256, pieces()));
    return { ...info, read: async wanted => Readable.from(read(wanted), { objectMode: false }) };
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
    for await (const entry of withIdleTimeout(await this.#entries.history({ key }), REQUEST_TIMEOUT_MS)) {
      if (entry.operation === 'PUT') found.push({ revision: entry.revision, info: entry.json<ArtifactInfo>() });
    }
    return found.sort((a, b) => b.revision - a.revision).map(({ info }) => info);
  }

  /** @returns how many bytes there were */
  async #putBytes(info: ArtifactInfo, bytes: ArtifactBytes): Promise<number> {
    let size = 0;
    const counted = async function* () {
      for await (const piece of verifiedPieces(info.sha256, bytes)) {
        size += piece.length;
        yield piece;
      }
    };
    const pieces = counted();
    const first = await pieces.next();
    if (first.done) return 0;
    await this.#putObject(objectName(info), first.value, pieces);
    return size;
  }

  async #putObject(name: string, first: Buffer, rest: AsyncGenerator<Buffer>): Promise<void> {
    const earlier = this.#putting.get(name) ?? Promise.resolve();
    const own = earlier.then(() => this.#putNew(name, first, rest));
    const settled = own.catch(() => undefined);
    this.#putting.set(name, settled);
    try {
      await own;
    } finally {
      if (this.#putting.get(name) === settled) this.#putting.delete(name);
    }
  }

  /** Bytes that are there already are read all the same: a client that sends others under their name is told. */
  async #putNew(name: string, first: Buffer, rest: AsyncGenerator<Buffer>): Promise<void> {
    const there = await this.#objects.info(name);
    if (there !== null && !there.deleted) {
      for await (const _ of rest);
      return;
    }
    const body = bodyOf(first, rest);
    try {
      await this.#objects.put({ name, options: { max_chunk_size: PIECE_BYTES } }, body.stream);
    } catch (error) {
      throw body.failure ?? error;
    }
  }
}

interface Range {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** All pieces, the last of which comes only when they are what was stored. */
async function* whole(sha256: string, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* verifiedPieces(sha256, pieces);
  } catch (error) {
    if (!(error instanceof DigestMismatch)) throw error;
    throw new AdwStreamError('not_found', 'The artifact is not what was stored.', { cause: error });
  }
}

/** What of the pieces lies in a range; those behind it are not fetched. */
async function* inRange(pieces: AsyncIterable<Buffer>, { start, end }: Range): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const piece of pieces) {
    const [from, to] = [Math.max(start, at) - at, Math.min(end, at + piece.length) - at];
    if (to > from) yield piece.subarray(from, to);
    at += piece.length;
    if (at >= end) return;
  }
}

/** Path and version under which the bytes' entry is kept; paths are hashed, since keys know few characters. */
function keyOf(adwId: string, path: string): string {
  return `${tokenOf(adwId)}.${shortHash(path)}`;
}

function objectName({ adwId, sha256 }: Pick<ArtifactInfo, 'adwId' | 'sha256'>): string {
  return `${tokenOf(adwId)}.${sha256}`;
}

/**
 * The client copies what it has not sent yet with each piece that it sends: so it gets no more than one at a time. `failure`
 * is why the pieces ended early, which the client does not tell.
 */
function bodyOf(first: Buffer, rest: AsyncGenerator<Buffer>) {
  let left = first;
  const body = {
    failure: undefined as DigestMismatch | undefined,
    stream: new ReadableStream<Uint8Array>({
      pull: async controller => {
        try {
          if (left.length === 0) {
            const next = await rest.next();
            if (next.done) return controller.close();
            left = next.value;
          }
          controller.enqueue(left.subarray(0, PIECE_BYTES));
          left = left.subarray(PIECE_BYTES);
        } catch (error) {
          if (error instanceof DigestMismatch) body.failure = error;
          controller.error(error);
        }
      },
    }),
  };
  return body;
}
