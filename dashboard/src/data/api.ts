import { serverSource } from './server-source.ts';
import type { Source } from './source.ts';

let current: Source | undefined;

/** Where this page's data come from: the server that it came from, unless {@link openSource} named another. */
export const source = (): Source => (current ??= serverSource(location.origin));

/** Names where the data come from, before anything of the page is loaded that asks for some. */
export function openSource(opened: Source): void {
  current = opened;
}
