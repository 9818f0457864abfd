import { gunzipSync } from 'node:zlib';

/** A block of an exported page, read without any of the page's own code. */
export interface ReadBlock {
  readonly part: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** As it stands in the file, with its newline. */
  readonly line: string;
  /** What it holds, unpacked. */
  readonly content: Buffer;
}

/** The blocks of a page, in their order. */
export function blocksOf(html: string): ReadBlock[] {
  return html
    .split(/(?<=\n)/)
    .filter(line => line.startsWith('<script type="text/plain" data-part='))
    .map(line => {
      const [, tag = '', base64 = ''] = /^<script ([^>]*)>([A-Za-z0-9+/=]*)<\/script>\n$/.exec(line) ?? [];
      const attributes = Object.fromEntries(
        [...tag.matchAll(/data-(\w+)="(\w*)"/g)].map(([, name, value]) => [name, value]),
      );
      const bytes = Buffer.from(base64, 'base64');
      return {
        part: String(attributes.part),
        attributes,
        line,
        content: attributes.packed === 'no' ? bytes : gunzipSync(bytes),
      };
    });
}

/** What the page says of itself. */
export function manifestIn(html: string) {
  const block = blocksOf(html).find(({ part }) => part === 'manifest');
  return JSON.parse(String(block?.content)) as import('../../src/export/shape.ts').ExportManifest;
}
