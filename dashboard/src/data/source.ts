import type { ExportManifest } from '../../../src/export/shape.ts';
import { serverSource } from './server-source.ts';

/** Reads of a server that the page asks for in another way, or not at all. */
type OfOthers = 'fetchAdws' | 'fetchIndex' | 'fetchArtifact' | 'artifactUrl';

/**
 * Where the page's data come from: the server that it came from, or what lies in the page itself. Everything that the page
 * asks for goes through here; each method rejects with an AdwStreamError, an aborted one with the signal's reason.
 */
export type Source = Omit<ReturnType<typeof serverSource>, OfOthers> & {
  /** What lies in the page itself; absent where a server tells, and goes on. */
  readonly exported?: Exported;
};

/** A page that holds its data. */
export interface Exported {
  readonly manifest: ExportManifest;
  /** The hash (sha-256, hex) that it says it has. */
  readonly sha256: string;
  /** The hash that it has; undefined where this browser works none out. */
  computedSha256(): Promise<string | undefined>;
}

let current: Source | undefined;

/** Where this page's data come from: the server that it came from, unless {@link openSource} named another. */
export const source = (): Source => (current ??= serverSource(location.origin));

/** Names where the data come from, before anything of the page is loaded that asks for some. */
export function openSource(opened: Source): void {
  current = opened;
}
