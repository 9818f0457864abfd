import { createHash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGzip, gzip } from 'node:zlib';
import { VERSION } from '../base/version.ts';
import type { PageFiles } from './page-files.ts';
import { BLOCK_BEGIN, type ExportManifest, type ExportPart, HASH_ID } from './shape.ts';

/** Takes a piece of the page; resolves when the next one may come. */
export type WritePiece = (text: string) => Promise<void>;

/** A stored file on its way into the page. */
export interface ArtifactBytes {
  /** Hex; each hash lies in the page once. */
  readonly sha256: string;
  readonly mediaType: string;
  readonly bytes: Buffer | (() => Promise<Readable>);
}

/**
 * Characters of events in one block. Large enough to be packed well, small enough to be unpacked on the way to one of its
 * events, and to be held while the page is written.
 */
const BLOCK_CHARS = 1024 * 1024;
const pack = promisify(gzip);

interface OpenBlock {
  readonly part: 'typed' | 'raw';
  lines: string[];
  chars: number;
  first: number;
  last: number;
}

/**
 * Writes a run as one page that needs nothing else: the page's own code, and blocks of packed data. Pieces are written as soon
 * as they are full, so a page larger than memory can be made; {@link drained} says when what was added is written.
 */
export class HtmlExport {
  readonly #write: WritePiece;
  readonly #hash = createHash('sha256');
  readonly #artifacts = new Set<string>();
  #typed = openBlock('typed');
  #raw = openBlock('raw');
  #work: Promise<void>;
  #bytes = 0;

  constructor(write: WritePiece, { adwId, page }: { readonly adwId: string; readonly page: PageFiles }) {
    this.#write = write;
    this.#work = this.#put(head(adwId, page));
    this.#enqueue(() => this.#block('licenses', '', pack(page.licenses)));
  }

  /** Adds an event as its line. */
  add({ seq, type }: { readonly seq: number; readonly type: string }, line: string): void {
    const block = type === 'agent_output_chunk' ? this.#raw : this.#typed;
    if (block.lines.length === 0) block.first = seq;
    block.last = seq;
    block.lines.push(line);
    block.chars += line.length;
    if (block.chars >= BLOCK_CHARS) this.#close(block);
  }

  /** Adds the bytes of a stored file, once for each hash. */
  addArtifact({ sha256, mediaType, bytes }: ArtifactBytes): void {
    if (this.#artifacts.has(sha256)) return;
    this.#artifacts.add(sha256);
    // Images are packed already.
    const isPacked = !mediaType.startsWith('image/');
    const attributes = ` data-sha256="${sha256}" data-packed="${isPacked ? 'gzip' : 'no'}"`;
    this.#enqueue(async () => {
      const stream = Buffer.isBuffer(bytes) ? Readable.from([bytes]) : await bytes();
      await this.#block('artifact', attributes, isPacked ? packed(stream) : stream);
    });
  }

  /** Resolves when all that was added is written. @throws what writing, or reading a stored file, threw */
  drained(): Promise<void> {
    return this.#work;
  }

  /** Writes the rest. Answers the hash of what the page holds (sha-256, hex), and its size. */
  async end(manifest: ExportManifest): Promise<{ readonly sha256: string; readonly bytes: number }> {
    this.#close(this.#typed);
    this.#close(this.#raw);
    this.#enqueue(() => this.#block('manifest', '', pack(JSON.stringify(manifest))));
    await this.#work;
    const sha256 = this.#hash.digest('hex');
    await this.#put(`<script type="text/plain" id="${HASH_ID}">${sha256}</script>\n</body>\n</html>\n`);
    return { sha256, bytes: this.#bytes };
  }

  #close({ part, lines, first, last }: OpenBlock): void {
    if (lines.length === 0) return;
    if (part === 'typed') this.#typed = openBlock('typed');
    else this.#raw = openBlock('raw');
    this.#enqueue(() => this.#block(part, ` data-first="${first}" data-last="${last}"`, pack(lines.join('\n'))));
  }

  #enqueue(job: () => Promise<void>): void {
    const work = this.#work.then(job);
    // `drained` and `end` throw what failed; until they are called it is no unhandled rejection.
    work.catch(() => {});
    this.#work = work;
  }

  async #block(part: ExportPart, attributes: string, content: Promise<Buffer> | AsyncIterable<Buffer>): Promise<void> {
    const pieces = Symbol.asyncIterator in content ? content : [await content];
    await this.#putHashed(`${BLOCK_BEGIN}"${part}"${attributes}>`);
    for await (const piece of base64(pieces)) await this.#putHashed(piece);
    await this.#putHashed('</script>\n');
  }

  #putHashed(text: string): Promise<void> {
    this.#hash.update(text);
    return this.#put(text);
  }

  #put(text: string): Promise<void> {
    this.#bytes += Buffer.byteLength(text);
    return this.#write(text);
  }
}

const openBlock = (part: OpenBlock['part']): OpenBlock => ({ part, lines: [], chars: 0, first: 0, last: 0 });

/** What a stream holds, packed; its failure is the packed one's. */
function packed(stream: Readable): AsyncIterable<Buffer> {
  return pipeline(stream, createGzip(), () => {});
}

/** Base64 of bytes that come in pieces: what makes no whole group of three waits for the next piece. */
async function* base64(pieces: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const whole = bytes.length - (bytes.length % 3);
    rest = bytes.subarray(whole);
    yield bytes.toString('base64', 0, whole);
  }
  yield rest.toString('base64');
}

/** Everything before the data. The id is one of ADWs, and needs no escape; code and style are the build's. */
function head(adwId: string, { script, style, policy }: PageFiles): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="adw-stream ${VERSION}">
<title>${adwId} · adw-stream</title>
<link rel="icon" href="data:,">
<style>${style}</style>
<script type="module">${script}</script>
</head>
<body>
<div id="app"></div>
<noscript>This page shows what agents did, and needs JavaScript. It asks no server for anything.</noscript>
`;
}
