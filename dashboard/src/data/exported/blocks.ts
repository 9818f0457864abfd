import { BLOCK_BEGIN, type ExportPart, HASH_ID } from '../../../../src/export/shape.ts';

/** A block of data in an exported page; its content is decoded when it is asked for. */
export interface Block {
  readonly part: ExportPart;
  /** Seqs of its first and last event; 0 where it holds none. */
  readonly first: number;
  readonly last: number;
  /** Hex; empty where it holds no stored file. */
  readonly sha256: string;
  /** Its bytes, packed where they are. */
  bytes(): Uint8Array<ArrayBuffer>;
  /** What it holds, unpacked. */
  content(): Response;
}

/** The blocks of this document, in their order. */
export function blocksIn(document: Document): Block[] {
  return [...document.querySelectorAll<HTMLElement>('script[data-part]')].map(element => {
    const { part, first = '0', last = '0', sha256 = '', packed = 'gzip' } = element.dataset;
    const bytes = () => fromBase64(element.textContent ?? '');
    return {
      part: part as ExportPart,
      first: Number(first),
      last: Number(last),
      sha256,
      bytes,
      content() {
        const { body } = new Response(bytes());
        // In this process, piece by piece: a Blob would go through the browser's own and back.
        return new Response(packed === 'gzip' ? body!.pipeThrough(new DecompressionStream('gzip')) : body);
      },
    };
  });
}

/** The hash that the document says it has; empty where it says none, because its end is missing. */
export function saidHash(document: Document): string {
  return document.getElementById(HASH_ID)?.textContent ?? '';
}

/** The hash (sha-256, hex) of all blocks as they stand in the file; undefined where the browser works none out. */
export async function computedHash(document: Document): Promise<string | undefined> {
  // Not in a page that came by plain HTTP from another machine.
  if (!globalThis.crypto?.subtle) return undefined;
  const lines = [...document.querySelectorAll('script[data-part]')].map(element => `${element.outerHTML}\n`);
  if (!lines.every(line => line.startsWith(BLOCK_BEGIN))) return '';
  const digest = await crypto.subtle.digest('SHA-256', await new Blob(lines).arrayBuffer());
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('');
}

/** By the platform where it can: most of a page is such text. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const { fromBase64: decode } = Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };
  return decode?.call(Uint8Array, text) ?? Uint8Array.from(atob(text), char => char.charCodeAt(0));
}
